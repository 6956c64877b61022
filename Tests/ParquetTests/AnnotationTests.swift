// Field ids, mends and stripped bounds, as they stand in the footer that is written.

import Testing

@testable import Parquet

@Suite struct AnnotationTests {
    private func rewritten(_ metadata: FileMetadata) throws -> FileMetadata {
        try FileMetadata(parsing: metadata.serialized())
    }

    private func ids(of node: SchemaNode) -> [String: Int32?] {
        node.children.reduce(into: [node.columnName: node.fieldID]) {
            $0.merge(ids(of: $1)) { first, _ in first }
        }
    }

    @Test func everyFieldButTheLevelsInBetweenGetsItsID() throws {
        var metadata = try Fixture.nested.metadata()
        try metadata.annotate(fieldIDs: [
            ["id"]: 1, ["tags"]: 2, ["tags", "list", "element"]: 3, ["matrix"]: 4,
            ["matrix", "list", "element"]: 5, ["matrix", "list", "element", "list", "element"]: 6,
            ["counters"]: 7, ["counters", "key_value", "key"]: 8, ["counters", "key_value", "value"]: 9,
            ["deep"]: 10, ["deep", "key_value", "key"]: 11, ["deep", "key_value", "value"]: 12,
            ["deep", "key_value", "value", "list", "element"]: 13,
            ["deep", "key_value", "value", "list", "element", "n"]: 14,
            ["deep", "key_value", "value", "list", "element", "s"]: 15,
            ["pair"]: 16, ["pair", "p"]: 17, ["pair", "q"]: 18, ["maybe"]: 19, ["maybe", "v"]: 2_147_483_447,
        ])
        let expected: [String: Int32?] = [
            "": nil, "id": 1, "tags": 2, "tags.list": nil, "tags.list.element": 3, "matrix": 4,
            "matrix.list": nil,
            "matrix.list.element": 5, "matrix.list.element.list": nil, "matrix.list.element.list.element": 6,
            "counters": 7, "counters.key_value": nil, "counters.key_value.key": 8,
            "counters.key_value.value": 9,
            "deep": 10, "deep.key_value": nil, "deep.key_value.key": 11, "deep.key_value.value": 12,
            "deep.key_value.value.list": nil, "deep.key_value.value.list.element": 13,
            "deep.key_value.value.list.element.n": 14, "deep.key_value.value.list.element.s": 15,
            "pair": 16, "pair.p": 17, "pair.q": 18, "maybe": 19, "maybe.v": 2_147_483_447,
        ]
        let read = try rewritten(metadata)
        #expect(ids(of: read.schema) == expected)
        #expect(read == metadata)
        #expect(try read.columnStatistics().compactMap(\.fieldID).last == 2_147_483_447)
    }

    @Test func idsThatDoNotMatchTheFieldsAreRefusedAndNamed() throws {
        let untouched = try Fixture.nested.metadata()
        let complete = untouched.someFieldIDs()
        let defects: [(String, [[String]: Int32], [String: String])] = [
            (
                "missing leaf", complete.filter { $0.key != ["pair", "q"] },
                ["without_id": "pair.q", "without_field": ""]
            ),
            (
                "missing group", complete.filter { $0.key != ["tags"] },
                ["without_id": "tags", "without_field": ""]
            ),
            (
                "id of no field", complete.merging([["ghost"]: 99]) { $1 },
                ["without_id": "", "without_field": "ghost"]
            ),
            (
                "id of a middle level", complete.merging([["tags", "list"]: 99]) { $1 },
                ["without_id": "", "without_field": "tags.list"]
            ),
            ("one id twice", complete.merging([["pair"]: 1]) { $1 }, [:]),
        ]
        for (defect, ids, context) in defects {
            var metadata = untouched
            let error = #expect(throws: ParquetError.self, "\(defect)") {
                try metadata.annotate(fieldIDs: ids)
            }
            #expect(error?.code == .fieldIDMismatch, "\(defect)")
            #expect(error?.context == context, "\(defect)")
            #expect(metadata == untouched, "\(defect)")
        }
    }

    @Test func mendsChangeTheAnnotationAndNothingElse() throws {
        let cases: [(String, Mend, LogicalType?)] = [
            ("tiny", .dropIntegerWidth, nil), ("small", .dropIntegerWidth, nil),
            ("utiny", .dropIntegerWidth, nil), ("usmall", .dropIntegerWidth, nil),
            ("medium", .dropIntegerWidth, nil), ("enum", .asString, .string), ("json", .asString, .string),
            ("low", .asString, .string), ("string", .asBinary, nil),
            ("micros", .localTimestamp, .timestamp(.microseconds, isAdjustedToUTC: false)),
            ("millis", .localTimestamp, .timestamp(.milliseconds, isAdjustedToUTC: false)),
        ]
        let untouched = try Fixture.scalars.metadata()
        var metadata = untouched
        let mends = Dictionary(uniqueKeysWithValues: cases.map { ([$0.0], $0.1) })
        try metadata.mend(mends)
        let once = metadata
        try metadata.mend(mends)
        #expect(metadata == once)

        let leaves = try rewritten(metadata).schema.leaves
        for (before, after) in zip(untouched.schema.leaves, leaves) {
            if let (name, _, expected) = cases.first(where: { $0.0 == after.name }) {
                #expect(after.logicalType == expected, "\(name)")
                #expect(after.element[6] == nil || expected != nil, "\(name) keeps a converted type")
                #expect(after.physicalType == before.physicalType, "\(name)")
            } else {
                #expect(after == before)
            }
        }
        #expect(metadata.rowGroups == untouched.rowGroups)
    }

    @Test func mendsReachIntoListsAndMaps() throws {
        var metadata = try Fixture.nested.metadata()
        try metadata.mend([
            ["tags", "list", "element"]: .asBinary, ["counters", "key_value", "key"]: .asBinary,
        ])
        let leaves = try rewritten(metadata).schema.leaves
        #expect(leaves[1].logicalType == nil)
        #expect(leaves[3].logicalType == nil)
        #expect(leaves[5].logicalType == .string)
    }

    @Test(
        arguments: [
            ("umedium", .dropIntegerWidth), ("json", .asBinary), ("large", .dropIntegerWidth),
            ("date", .dropIntegerWidth),
            ("fixed", .asString), ("uuid", .asBinary), ("medium", .asString), ("date", .localTimestamp),
            ("ghost", .asString),
        ] as [(String, Mend)])
    func aMendThatWouldMisreadTheBytesIsRefused(column: String, mend: Mend) throws {
        let untouched = try Fixture.scalars.metadata()
        var metadata = untouched
        let error = #expect(throws: ParquetError.self) {
            try metadata.mend([["string"]: .asBinary, [column]: mend])
        }
        #expect(error?.code == .unfitMend)
        #expect(error?.context["column"] == column)
        #expect(metadata == untouched)
    }

    @Test func strippedColumnsLoseTheirBoundsAndColumnIndexesInEveryRowGroup() throws {
        var metadata = try Fixture.scalars.metadata()
        let before = metadata.rowGroups
        metadata.stripBounds(of: [["optional"], ["uuid"]])
        let read = try rewritten(metadata)
        for (group, original) in zip(read.rowGroups, before) {
            for (leaf, (column, untouched)) in zip(read.schema.leaves, zip(group.columns, original.columns)) {
                guard ["optional", "uuid"].contains(leaf.name) else {
                    #expect(column == untouched, "\(leaf.name)")
                    continue
                }
                let statistics = try #require(column.structure[3]?.structure?[12]?.structure)
                #expect(statistics.fields.allSatisfy { [3, 4].contains($0.id) })
                #expect(column.statistics?.nullCount == untouched.statistics?.nullCount)
                #expect(column.structure[6] == nil && column.structure[7] == nil)
                #expect(column.structure[4] == untouched.structure[4] && column.structure[4] != nil)
                #expect(column.structure[5] == untouched.structure[5] && column.structure[5] != nil)
            }
        }
        #expect(try read.statistics(of: "optional")?.nullCount == 5)
        #expect(try read.statistics(of: "optional")?.bounds == nil)
    }
}
