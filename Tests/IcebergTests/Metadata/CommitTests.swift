// One more snapshot: what changes, what stays, and the rules that Java enforces on reading.
import Testing

@testable import Iceberg

@Suite struct CommitTests {
    private let later: Int64 = 1_800_000_000_000

    private func snapshot(after metadata: TableMetadata, at milliseconds: Int64) -> Snapshot {
        Snapshot(
            snapshotID: 42, parentSnapshotID: metadata.currentSnapshotID,
            sequenceNumber: metadata.lastSequenceNumber + 1, timestampMilliseconds: milliseconds,
            manifestList: "file:///m/snap-42.avro",
            summary: ["operation": "append", "total-records": "1", "added-records": "1"],
            schemaID: metadata.currentSchema.schemaID)
    }

    private func members(_ metadata: TableMetadata) throws -> [(key: String, value: JSONText)] {
        try JSONText(parsing: metadata.serialized).members
    }

    @Test(arguments: MetadataFixture.newest)
    func anAppendChangesOnlyWhatItMust(fixture: MetadataFixture) throws {
        let base = try TableMetadata(parsing: fixture.bytes)
        let next = try base.adding(
            snapshot: snapshot(after: base, at: later), properties: ["owner": "us", "offload.mark": "7"],
            previousMetadataLocation: "file:///m/before.json")
        let (before, after) = (try members(base), try members(next))
        #expect(after.map(\.key) == before.map(\.key))
        let changed = zip(before, after).filter { $0.value != $1.value }.map(\.0.key)
        #expect(
            changed == [
                "last-sequence-number", "last-updated-ms", "properties", "current-snapshot-id", "refs",
                "snapshots",
                "snapshot-log", "metadata-log",
            ])

        // Lists keep every earlier element, raw; the only other ref that may move is `main`.
        let (old, new) = (JSONText(checked: fixture.bytes[...]), try JSONText(parsing: next.serialized))
        for list in ["snapshots", "snapshot-log", "metadata-log"] {
            #expect(try new.elements(list).dropLast() == old.elements(list)[...])
        }
        for (name, reference) in try old.required("refs", { try $0.members }) where name != "main" {
            #expect(new["refs"]?[name] == reference)
        }
        #expect(
            try new.elements("snapshots").last?.description
                == #"{"sequence-number":\#(base.lastSequenceNumber + 1),"snapshot-id":42,"parent-snapshot-id":"#
                + #"\#(try #require(base.currentSnapshotID)),"timestamp-ms":1800000000000,"summary":{"operation":"append","#
                + #""added-records":"1","total-records":"1"},"manifest-list":"file:///m/snap-42.avro","schema-id":"#
                + #"\#(base.currentSchema.schemaID)}"#)
        #expect(
            try new.elements("snapshot-log").last?.description
                == #"{"timestamp-ms":1800000000000,"snapshot-id":42}"#)
        #expect(
            try new.elements("metadata-log").last?.description
                == #"{"timestamp-ms":\#(base.lastUpdatedMilliseconds),"metadata-file":"file:///m/before.json"}"#
        )
        #expect(next.currentSnapshotID == 42)
        #expect(next.refs["main"]?.snapshotID == 42)
        #expect(next.properties == base.properties.merging(["owner": "us", "offload.mark": "7"]) { $1 })
    }

    @Test(arguments: MetadataFixture.newest)
    func otherPropertiesChangeOnlyWhatTheyMust(fixture: MetadataFixture) throws {
        let base = try TableMetadata(parsing: fixture.bytes).setting(
            properties: ["offload.mark": "7", "owner": "us"], previousMetadataLocation: "file:///m/0.json",
            timestampMilliseconds: later)
        let next = try base.setting(
            properties: ["owner": nil, "offload.mark": "8"], previousMetadataLocation: "file:///m/1.json",
            timestampMilliseconds: 0)
        let changed = zip(try members(base), try members(next)).filter { $0.value != $1.value }.map(\.0.key)
        #expect(changed == ["properties", "metadata-log"])
        #expect(try members(next).map(\.key) == members(base).map(\.key))
        #expect(next.properties["offload.mark"] == "8" && next.properties["owner"] == nil)
        #expect(next.properties.count == base.properties.count - 1)
        #expect(next.metadataLog.last?.metadataFile == "file:///m/1.json")
        #expect(next.lastUpdatedMilliseconds == later)
        #expect(try TableMetadata(parsing: next.serialized).currentSnapshotID == base.currentSnapshotID)
    }

    @Test func theFirstSnapshotMakesTheBranchMain() throws {
        let base = try empty()
        let next = try base.adding(
            snapshot: snapshot(after: base, at: later), previousMetadataLocation: "file:///m/0.json")
        let text = String(decoding: next.serialized, as: UTF8.self)
        #expect(text.contains(#""refs":{"main":{"snapshot-id":42,"type":"branch"}}"#))
        #expect(
            text.contains(
                #""snapshots":[{"sequence-number":1,"snapshot-id":42,"timestamp-ms":1800000000000,"#))
        #expect(text.contains(#""metadata-log":[{"timestamp-ms":1000,"metadata-file":"file:///m/0.json"}]"#))
        #expect(try next.currentSnapshot?.parentSnapshotID == nil)
    }

    /// PyIceberg leaves out what is empty and writes null for no snapshot.
    @Test func missingListsAreMade() throws {
        var text = String(decoding: try empty().serialized, as: UTF8.self)
        for part in [#","refs":{}"#, #","snapshots":[]"#, #","snapshot-log":[]"#, #","properties":{}"#] {
            text = text.replacing(part, with: "")
        }
        text = text.replacing(#""metadata-log":[]"#, with: #""metadata-log":null,"unknown":{"kept": 1.0}"#)
            .replacing(#""current-snapshot-id":-1"#, with: #""current-snapshot-id":null"#)
        let base = try TableMetadata(parsing: Array(text.utf8))
        let next = try base.adding(
            snapshot: snapshot(after: base, at: later), properties: ["a": "b"],
            previousMetadataLocation: "file:///m/0.json")
        #expect(next.snapshotIDs == [42])
        #expect(next.properties == ["a": "b"])
        #expect(String(decoding: next.serialized, as: UTF8.self).contains(#""unknown":{"kept": 1.0}"#))
    }

    @Test func retentionOfMainIsKept() throws {
        let text = String(decoding: MetadataFixture.newest[3].bytes, as: UTF8.self)
            .replacing(#","type":"branch"}"#, with: #","type":"branch","min-snapshots-to-keep":5}"#)
        let base = try TableMetadata(parsing: Array(text.utf8))
        let next = try base.adding(
            snapshot: snapshot(after: base, at: later), previousMetadataLocation: "file:///m/x.json")
        #expect(
            String(decoding: next.serialized, as: UTF8.self)
                .contains(#""refs":{"main":{"snapshot-id":42,"type":"branch","min-snapshots-to-keep":5}}"#))
    }

    /// Java: "[BUG] Expected sorted snapshot log entries" makes a table unreadable.
    @Test(arguments: ["last-updated-ms", "snapshot-log", "metadata-log"])
    func timeNeverRunsBackwards(place: String) throws {
        let future: Int64 = 4_000_000_000_000
        let root = try JSONObject(JSONText(parsing: MetadataFixture.newest[3].bytes))
        let value: JSONValue =
            switch place {
            case "last-updated-ms": .int(future)
            case "snapshot-log":
                .raw(
                    try root.required(place) {
                        try $0.appending(["timestamp-ms": .int(future), "snapshot-id": 1])
                    })
            default:
                .raw(
                    try root.required(place) {
                        try $0.appending(["timestamp-ms": .int(future), "metadata-file": "f"])
                    })
            }
        let base = try TableMetadata(text: root.setting([(place, value)]).text)
        let next = try base.adding(
            snapshot: snapshot(after: base, at: 1), previousMetadataLocation: "file:///m/x.json")
        #expect(next.lastUpdatedMilliseconds == future)
        #expect(try next.currentSnapshot?.timestampMilliseconds == future)
    }

    @Test func aSnapshotForAnotherStateIsAConflict() throws {
        let base = try TableMetadata(parsing: MetadataFixture.newest[3].bytes)
        var orphan = snapshot(after: base, at: later)
        orphan.parentSnapshotID = nil
        var stale = snapshot(after: base, at: later)
        stale.sequenceNumber = base.lastSequenceNumber
        var twice = snapshot(after: base, at: later)
        twice.snapshotID = base.snapshotIDs[0]
        for snapshot in [orphan, stale, twice] {
            let error = #expect(throws: IcebergError.self) {
                try base.adding(snapshot: snapshot, previousMetadataLocation: "file:///m/x.json")
            }
            #expect(error?.code == .conflict)
            #expect(error?.isRetryable == true)
        }
    }

    @Test(arguments: [("3", 3), ("1", 1), ("0", 1), ("-5", 1), ("many", 5), (nil, 5)])
    func theMetadataLogIsTrimmed(countMax: String?, count: Int) throws {
        var metadata = try empty(
            properties: countMax.map { ["write.metadata.previous-versions-max": $0] } ?? [:])
        var dropped: [String] = []
        for version in 0..<5 {
            var next = snapshot(after: metadata, at: later)
            next.snapshotID = Int64(100 + version)
            let base = metadata
            metadata = try base.adding(snapshot: next, previousMetadataLocation: "file:///m/\(version).json")
            dropped += metadata.droppedMetadataFiles(since: base)
        }
        let files = (0..<5).map { "file:///m/\($0).json" }
        #expect(metadata.metadataLog.map(\.metadataFile) == Array(files.suffix(count)))
        #expect(dropped == Array(files.dropLast(count)))
    }

    @Test(arguments: [
        (nil, "00000"), ("file:///t/metadata/00041-abc.metadata.json", "00042"),
        ("file:///t/metadata/99999-abc.metadata.json", "100000"),
        ("file:///t/metadata/v7.metadata.json", "00000"),
        ("file:///t-1/metadata/x-abc.metadata.json", "00000"),
        ("file:///t/metadata/00003-a.gz.metadata.json", "00004"),
        ("file:///t/metadata/2147483647-a.metadata.json", "2147483648"), ("", "00000"),
    ])
    func metadataFilesCountOn(previous: String?, number: String) throws {
        #expect(
            try empty().metadataLocation(after: previous, uuid: "u")
                == "file:///lake/t/metadata/\(number)-u.metadata.json")
    }

    @Test func foldersFollowTheProperties() throws {
        let metadata = try empty(properties: [
            "write.metadata.path": "s3://m/x/", "write.data.path": "s3://d/y",
        ])
        #expect(metadata.metadataLocation(after: nil, uuid: "u") == "s3://m/x/00000-u.metadata.json")
        #expect(metadata.dataFolder == "s3://d/y")
        #expect(try empty().dataFolder == "file:///lake/t/data")
    }

    @Test func freshSnapshotIDsAvoidThoseInUse() throws {
        struct Repeating: RandomNumberGenerator {
            var numbers: [UInt64]
            mutating func next() -> UInt64 { numbers.count > 1 ? numbers.removeFirst() : numbers[0] }
        }
        let base = try empty()
        var first = Repeating(numbers: [7 << 40])
        var next = snapshot(after: base, at: later)
        next.snapshotID = base.freshSnapshotID(using: &first)
        #expect(next.snapshotID > 0)
        let metadata = try base.adding(snapshot: next, previousMetadataLocation: "file:///m/0.json")
        var second = Repeating(numbers: [7 << 40, 9 << 40])
        #expect(metadata.freshSnapshotID(using: &second) != next.snapshotID)
    }

    private func empty(properties: [String: String] = [:]) throws -> TableMetadata {
        let schema = Schema.assigningFreshIDs(to: [
            NestedField(id: 0, name: "id", isRequired: true, type: .long)
        ])
        return try TableMetadata.create(
            uuid: "u", location: "file:///lake/t", schema: schema, spec: PartitionSpec(specID: 0, fields: []),
            properties: properties, timestamp: 1000)
    }
}
