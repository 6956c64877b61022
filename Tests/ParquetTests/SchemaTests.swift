// What the schema tree says of real files, and which shapes it refuses.

import Testing

@testable import Parquet

@Suite struct SchemaTests {
    @Test func everyScalarHasItsTypes() throws {
        let leaves = try Fixture.scalars.metadata().schema.leaves
        let expected: [(String, PhysicalType, LogicalType?)] = [
            ("flag", .boolean, nil),
            ("tiny", .int32, .integer(bitWidth: 8, isSigned: true)),
            ("small", .int32, .integer(bitWidth: 16, isSigned: true)),
            ("medium", .int32, nil),
            ("large", .int64, nil),
            ("utiny", .int32, .integer(bitWidth: 8, isSigned: false)),
            ("usmall", .int32, .integer(bitWidth: 16, isSigned: false)),
            ("umedium", .int32, .integer(bitWidth: 32, isSigned: false)),
            ("ularge", .int64, .integer(bitWidth: 64, isSigned: false)),
            ("wide", .fixedLengthByteArray(length: 16), nil),
            ("single", .float, nil),
            ("double", .double, nil),
            ("decimal9", .fixedLengthByteArray(length: 4), .decimal(precision: 9, scale: 2)),
            ("decimal18", .fixedLengthByteArray(length: 8), .decimal(precision: 18, scale: 4)),
            ("decimal38", .fixedLengthByteArray(length: 16), .decimal(precision: 38, scale: 10)),
            ("string", .byteArray, .string),
            ("fixed", .fixedLengthByteArray(length: 3), nil),
            ("optional", .int32, nil),
            ("nothing", .byteArray, .string),
            ("low", .byteArray, .string),
            ("enum", .byteArray, .enumeration),
            ("date", .int32, .date),
            ("date32", .int32, .date),
            ("seconds", .int64, .timestamp(.milliseconds, isAdjustedToUTC: true)),
            ("millis", .int64, .timestamp(.milliseconds, isAdjustedToUTC: true)),
            ("micros", .int64, .timestamp(.microseconds, isAdjustedToUTC: true)),
            ("nanos", .int64, .timestamp(.nanoseconds, isAdjustedToUTC: true)),
            ("uuid", .fixedLengthByteArray(length: 16), .uuid),
            ("ipv4", .int32, .integer(bitWidth: 32, isSigned: false)),
            ("ipv6", .fixedLengthByteArray(length: 16), nil),
            ("json", .byteArray, .json),
        ]
        #expect(leaves.map(\.name) == expected.map(\.0))
        for (leaf, (name, physical, logical)) in zip(leaves, expected) {
            #expect(leaf.physicalType == physical, "\(name)")
            #expect(leaf.logicalType == logical, "\(name)")
            #expect(
                leaf.repetition == (["optional", "nothing"].contains(name) ? .optional : .required), "\(name)"
            )
        }
    }

    @Test func theConvertedTypeCountsWhereThereIsNoLogicalOne() throws {
        for fixture in [Fixture.scalars, .nested] {
            for leaf in try fixture.metadata().schema.leaves where leaf.element[6] != nil {
                var element = leaf.element
                element[10] = nil
                #expect(try LogicalType(element: element) == leaf.logicalType, "\(leaf.name)")
            }
        }
    }

    @Test func nestedColumnsHaveThePathsOfTheSpecification() throws {
        let leaves = try Fixture.nested.metadata().schema.leaves
        #expect(
            leaves.map { $0.path.joined(separator: ".") } == [
                "id", "tags.list.element", "matrix.list.element.list.element", "counters.key_value.key",
                "counters.key_value.value", "deep.key_value.key", "deep.key_value.value.list.element.n",
                "deep.key_value.value.list.element.s", "pair.p", "pair.q", "maybe.v",
            ])
        #expect(leaves.map(\.definitionLevelMax) == [0, 1, 3, 1, 1, 1, 2, 2, 0, 1, 2])
        #expect(
            leaves.map(\.isRepeated) == [false] + Array(repeating: true, count: 7) + [false, false, false])
    }

    @Test func anotherWritersNamesDoNotChangeThePath() throws {
        let leaf = try #require(try Fixture.otherNames.metadata().schema.leaves.first)
        #expect(leaf.name == "item")
        #expect(leaf.namesInFile == ["tags", "list", "item"])
        #expect(leaf.path == ["tags", "list", "element"])
    }

    /// name, type, repetition, children, converted type
    private typealias Element = (String, Int32?, Int32, Int32?, Int32?)

    private func parse(_ elements: [Element]) throws -> SchemaNode {
        try SchemaReader.parse(
            elements.map { name, type, repetition, children, converted in
                var structure = ThriftStruct()
                structure[1] = type.map(ThriftValue.int32)
                structure[3] = .int32(repetition)
                structure[4] = .binary(Array(name.utf8))
                structure[5] = children.map(ThriftValue.int32)
                structure[6] = converted.map(ThriftValue.int32)
                return structure
            })
    }

    @Test func shapesThatCannotBeNumberedAreRefused() throws {
        let defects: [(String, ParquetError.Code, [Element])] = [
            (
                "a list of two levels", .unsupported,
                [("r", nil, 0, 1, nil), ("l", nil, 0, 1, 3), ("array", 1, 2, nil, nil)]
            ),
            (
                "a list of two fields", .unsupported,
                [("r", nil, 0, 1, nil), ("l", nil, 0, 2, 3), ("a", 1, 2, nil, nil), ("b", 1, 2, nil, nil)]
            ),
            (
                "a map without values", .unsupported,
                [
                    ("r", nil, 0, 1, nil), ("m", nil, 0, 1, 1), ("key_value", nil, 2, 1, nil),
                    ("key", 1, 0, nil, nil),
                ]
            ),
            ("a bare repeated column", .unsupported, [("r", nil, 0, 1, nil), ("a", 1, 2, nil, nil)]),
            (
                "a list that does not repeat", .unsupported,
                [
                    ("r", nil, 0, 1, nil), ("l", nil, 0, 1, 3), ("list", nil, 0, 1, nil),
                    ("element", 1, 0, nil, nil),
                ]
            ),
            (
                "one name twice", .malformed,
                [("r", nil, 0, 2, nil), ("a", 1, 0, nil, nil), ("a", 1, 0, nil, nil)]
            ),
            ("a missing child", .malformed, [("r", nil, 0, 2, nil), ("a", 1, 0, nil, nil)]),
            (
                "a child too many", .malformed,
                [("r", nil, 0, 1, nil), ("a", 1, 0, nil, nil), ("b", 1, 0, nil, nil)]
            ),
            ("a group without fields", .malformed, [("r", nil, 0, 1, nil), ("a", nil, 0, 0, nil)]),
            (
                "a column with fields", .malformed,
                [("r", nil, 0, 1, nil), ("a", 1, 0, 1, nil), ("b", 1, 0, nil, nil)]
            ),
            ("minus one children", .malformed, [("r", nil, 0, -1, nil)]),
            ("an unknown repetition", .malformed, [("r", nil, 0, 1, nil), ("a", 1, 7, nil, nil)]),
            ("an unknown type", .unsupported, [("r", nil, 0, 1, nil), ("a", 99, 0, nil, nil)]),
            ("a fixed type without length", .malformed, [("r", nil, 0, 1, nil), ("a", 7, 0, nil, nil)]),
            ("1000 levels", .malformed, Array(repeating: ("a", nil, 0, 1, nil), count: 1000)),
        ]
        for (defect, code, elements) in defects {
            let error = #expect(throws: ParquetError.self, "\(defect)") { try parse(elements) }
            #expect(error?.code == code, "\(defect)")
        }
    }
}
