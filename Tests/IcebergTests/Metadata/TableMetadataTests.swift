// Reading table metadata, from Java and made by us, and refusing what breaks the spec.
import Testing

@testable import Iceberg

@Suite struct TableMetadataTests {
    @Test func allFixturesAreThere() {
        #expect(MetadataFixture.all.count == 32)
        #expect(MetadataFixture.newest.map(\.table) == ["deleted", "evolved", "maintained", "trades"])
    }

    @Test(arguments: MetadataFixture.all)
    func everyFileGoesBackByteForByte(fixture: MetadataFixture) throws {
        let metadata = try TableMetadata(parsing: fixture.bytes)
        #expect(metadata.serialized == fixture.bytes)
        #expect(try metadata.currentSnapshot?.snapshotID == metadata.currentSnapshotID)
        #expect(metadata.metadataLog.count == Int(fixture.name.prefix(5)))
        for spec in metadata.partitionSpecs { _ = try spec.partitionType(in: metadata.currentSchema) }
        #expect(JSONText(metadata.currentSchema.json).description.utf8.count > 0)
        #expect(fixture.bytes.contains(JSONText(metadata.currentSchema.json).bytes))
        #expect(fixture.bytes.contains(JSONText(metadata.defaultSpec.json).bytes))
        #expect(fixture.bytes.contains(JSONText(metadata.defaultSortOrder.json).bytes))
    }

    @Test func anEvolvedTableShowsItsHistory() throws {
        let metadata = try TableMetadata(parsing: MetadataFixture.newest[1].bytes)
        #expect(metadata.location == "file:///srv/lake/warehouse/fixtures/evolved")
        #expect(metadata.lastSequenceNumber == 3)
        #expect(metadata.currentSchema.fields.map(\.name) == ["id", "added", "label", "v"])
        #expect(try metadata.schema(id: 0)?.fields.map(\.type) == [.int, .string, .float, .string])
        #expect(try metadata.schema(id: 9) == nil)
        #expect(metadata.defaultSpec.fields.map(\.transform) == [.truncate(2), .hour])
        #expect(metadata.spec(id: 0)?.fields.count == 1)
        #expect(metadata.defaultSortOrder.fields.map(\.direction) == [.descending, .ascending])
        #expect(metadata.properties["write.distribution-mode"] == "range")
        #expect(metadata.refs.filter(\.value.isTag).map(\.key) == ["before_fix"])
        #expect(metadata.refs["audit"]?.snapshotID == 3_529_050_061_695_521_496)
        let current = try #require(try metadata.currentSnapshot)
        #expect(current.summary["total-records"] == "40")
        #expect(current.schemaID == 5)
        #expect(metadata.metadataLog.count == 12)
    }

    /// The branch `audit` is newer than the head of `main`, and no ancestor of it.
    @Test func ancestorsAreThoseOfMain() throws {
        let metadata = try TableMetadata(parsing: MetadataFixture.newest[1].bytes)
        var walked: [Int64] = []
        let found = try metadata.newestAncestor { snapshot in
            walked.append(snapshot.sequenceNumber)
            return snapshot.parentSnapshotID == nil
        }
        #expect(walked == [2, 1])
        #expect(found?.snapshotID == 2_464_279_138_093_037_230)
        #expect(try metadata.newestAncestor { $0.summary["offload.batch"] != nil } == nil)
    }

    /// Spark expired the older ones: the parent of the oldest is gone.
    @Test func ancestryEndsWhereSnapshotsExpired() throws {
        let metadata = try TableMetadata(parsing: MetadataFixture.newest[2].bytes)
        var walked: [Int64] = []
        #expect(
            try metadata.newestAncestor {
                walked.append($0.sequenceNumber)
                return false
            } == nil)
        #expect(walked == [8, 7])
    }

    @Test(arguments: [
        (#""format-version":2"#, #""format-version":1"#, "format version 1"),
        (#""format-version":2"#, #""format-version":3"#, "format version 3"),
        (#""format-version":2,"#, "", "'format-version' is missing"),
        (#""location":"#, #""lacking":"#, "'location' is missing"),
        (#""last-sequence-number":3"#, #""last-sequence-number":"3""#, "expected an integer"),
        (#""last-sequence-number":3"#, #""last-sequence-number":null"#, "'last-sequence-number' is missing"),
        (#""current-schema-id":5"#, #""current-schema-id":6"#, "'current-schema-id' is not among"),
        (#""default-spec-id":1"#, #""default-spec-id":2"#, "'default-spec-id' is not among"),
        (
            #""default-sort-order-id":1"#, #""default-sort-order-id":2"#,
            "'default-sort-order-id' is not among"
        ),
        (
            #""current-snapshot-id":7143751660301160902"#, #""current-snapshot-id":5"#,
            "not among the snapshots"
        ),
        (#""current-snapshot-id":7143751660301160902"#, #""current-snapshot-id":-1"#, "'main'"),
        (
            #""main":{"snapshot-id":7143751660301160902"#, #""main":{"snapshot-id":3529050061695521496"#,
            "'main'"
        ),
        (
            #""snapshot-id":2464279138093037230,"timestamp-ms""#,
            #""snapshot-id":3529050061695521496,"timestamp-ms""#,
            "twice"
        ),
        (
            #"{"id":3,"name":"v","required":false,"type":"double"}]}],"#,
            #"{"id":3,"name":"v","required":false,"type":"timestamp_ns"}]}],"#, "field 'v'"
        ),
        (#""owner":"root""#, #""owner":1"#, "expected a string"),
    ])
    func brokenMetadataIsRefused(part: String, replacement: String, message: String) throws {
        let text = String(decoding: MetadataFixture.newest[1].bytes, as: UTF8.self)
        #expect(text.contains(part))
        let broken = text.replacing(part, with: replacement, maxReplacements: 1)
        let error = #expect(throws: IcebergError.self) { try TableMetadata(parsing: Array(broken.utf8)) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test func compressedMetadataIsNamedAsSuch() {
        let error = #expect(throws: IcebergError.self) { try TableMetadata(parsing: [0x1F, 0x8B, 8, 0]) }
        #expect(error?.code == .unsupported)
        #expect(error?.hint?.contains("write.metadata.compression-codec") == true)
    }

    /// Damage anywhere is either refused or harmless; it never traps, here or in the commit that follows.
    @Test func damagedMetadataNeverTraps() throws {
        let original = MetadataFixture.newest[1].bytes
        var generator = SeededGenerator(state: 7)
        for _ in 0..<400 {
            var bytes = original
            let place = Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
            case 1: bytes.remove(at: place)
            default: bytes[place] = Array("0123456789-\",:{}[]".utf8).randomElement(using: &generator) ?? 0
            }
            guard let metadata = try? TableMetadata(parsing: bytes) else { continue }
            #expect(metadata.serialized == bytes)
            _ = try? metadata.newestAncestor { _ in false }
            let snapshot = Snapshot(
                snapshotID: 1, parentSnapshotID: metadata.currentSnapshotID, sequenceNumber: Int64.max,
                timestampMilliseconds: 0, manifestList: "m", summary: [:], schemaID: nil)
            _ = try? metadata.adding(snapshot: snapshot, previousMetadataLocation: "p")
        }
    }

    /// A type of version 3 in a schema that is no longer current is nobody's business.
    @Test func otherSchemasStayRaw() throws {
        let text = String(decoding: MetadataFixture.newest[1].bytes, as: UTF8.self)
            .replacing(#""type":"float""#, with: #""type":"timestamp_ns""#)
        let metadata = try TableMetadata(parsing: Array(text.utf8))
        #expect(metadata.serialized == Array(text.utf8))
        #expect(throws: IcebergError.self) { try metadata.schema(id: 0) }
    }

    @Test func aNewTableIsWhatJavaWouldWrite() throws {
        let schema = Schema.assigningFreshIDs(to: [
            NestedField(id: 0, name: "at", isRequired: true, type: .date)
        ])
        let metadata = try TableMetadata.create(
            uuid: "11111111-2222-3333-4444-555555555555", location: "file:///lake/t/", schema: schema,
            spec: PartitionSpec(specID: 0, fields: []),
            sortOrder: SortOrder(orderID: 1, fields: [SortField(sourceID: 1)]),
            properties: ["b": "2", "a": "1"],
            timestamp: 1_700_000_000_000)
        let expected =
            #"{"format-version":2,"table-uuid":"11111111-2222-3333-4444-555555555555","location":"file:///lake/t","#
            + #""last-sequence-number":0,"last-updated-ms":1700000000000,"last-column-id":1,"current-schema-id":0,"#
            + #""schemas":[{"type":"struct","schema-id":0,"fields":[{"id":1,"name":"at","required":true,"type":"date"}]}],"#
            + #""default-spec-id":0,"partition-specs":[{"spec-id":0,"fields":[]}],"last-partition-id":999,"#
            + #""default-sort-order-id":1,"sort-orders":[{"order-id":0,"fields":[]},{"order-id":1,"fields":"#
            + #"[{"transform":"identity","source-id":1,"direction":"asc","null-order":"nulls-first"}]}],"#
            + #""properties":{"a":"1","b":"2"},"current-snapshot-id":-1,"refs":{},"snapshots":[],"statistics":[],"#
            + #""partition-statistics":[],"snapshot-log":[],"metadata-log":[]}"#
        #expect(String(decoding: metadata.serialized, as: UTF8.self) == expected)
        #expect(metadata.currentSnapshotID == nil)
        #expect(try metadata.currentSnapshot == nil)
    }

    @Test func impossibleTablesAreNotMade() {
        let schema = Schema.assigningFreshIDs(to: [
            NestedField(id: 0, name: "at", isRequired: true, type: .date)
        ])
        let hourly = PartitionField(sourceID: 1, fieldID: 1000, name: "at_hour", transform: .hour)
        func create(_ location: String, _ fields: [PartitionField], _ sorted: [SortField]) throws {
            _ = try TableMetadata.create(
                uuid: "u", location: location, schema: schema, spec: PartitionSpec(specID: 0, fields: fields),
                sortOrder: SortOrder(orderID: 1, fields: sorted), timestamp: 0)
        }
        #expect(throws: IcebergError.self) { try create("/lake/t", [], []) }
        #expect(throws: IcebergError.self) { try create("file:///lake/t", [hourly], []) }
        #expect(throws: IcebergError.self) { try create("file:///lake/t", [], [SortField(sourceID: 2)]) }
    }
}

/// SplitMix64: the same numbers in every run.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
