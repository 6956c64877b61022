// Appends to tables of others and to our own: nothing lost, nothing twice, totals true.
import Testing

@testable import Iceberg

@Suite struct AppendTests {
    private static let partitions: [SparkTable: (spec: Int32, tuple: [Literal?])] = [
        .trades: (0, [.date(20_457), .int(2)]), .evolved: (1, [.string("zz"), nil]), .deleted: (0, []),
        .maintained: (0, [.int(490_900)]),
    ]

    @Test(arguments: SparkTable.allCases)
    func aForeignTableKeepsItsManifestsVerbatim(spark: SparkTable) async throws {
        var table = try MemoryTable(spark)
        let before = table.metadata
        let old = try spark.manifests()
        let (spec, tuple) = try #require(Self.partitions[spark])
        let commit = try await table.append([
            table.file("a", tuple, specID: spec), table.file("b", tuple, specID: spec),
        ])

        let rows = try table.manifests
        let kept = old.filter(\.hasLiveFiles)
        #expect(Array(rows.dropFirst()) == kept)
        #expect(table.reads == [try before.currentSnapshot?.manifestList])
        let row = rows[0]
        #expect(row.partitionSpecID == spec && row.content == .data && row.addedSnapshotID == 1_001)
        #expect(
            row.sequenceNumber == before.lastSequenceNumber + 1 && row.minSequenceNumber == row.sequenceNumber
        )
        #expect(row.addedFilesCount == 2 && row.addedRowsCount == 20)
        #expect(row.partitions?.map(\.lowerBound) == tuple.map { $0?.encoded })
        #expect(row.partitions?.map(\.containsNull) == tuple.map { $0 == nil })
        let entries = try table.entries(of: row)
        #expect(entries.map(\.status) == [.added, .added])
        #expect(entries.map(\.sequenceNumber) == [row.sequenceNumber, row.sequenceNumber])

        let snapshot = try #require(try table.metadata.currentSnapshot)
        #expect(snapshot == commit.snapshot)
        #expect(snapshot.parentSnapshotID == before.currentSnapshotID)
        #expect(snapshot.schemaID == before.currentSchema.schemaID)
        let parent = try #require(try before.currentSnapshot).summary
        for (total, added) in [
            ("data-files", 2), ("records", 20), ("files-size", 2_000), ("delete-files", 0),
            ("position-deletes", 0),
            ("equality-deletes", 0),
        ] as [(String, Int64)] {
            let count = try #require(parent["total-\(total)"].flatMap { Int64($0) })
            #expect(snapshot.summary["total-\(total)"] == String(count + added))
        }
        #expect(table.metadata.refs.filter { $0.key != "main" } == before.refs.filter { $0.key != "main" })
    }

    @Test func filesOfAnOlderSpecStayInIt() async throws {
        var table = try MemoryTable(.evolved)
        let current = table.file("new", [.string("zz"), .int(490_900)], specID: 1)
        try await table.append([current, table.file("old", [.string("aa")], specID: 0)])
        #expect(try table.manifests.map(\.partitionSpecID) == [1, 1, 0, 0])
        #expect(try table.metadata.currentSnapshot?.summary["changed-partition-count"] == "2")
        // The next commit adds nothing to the older spec, whose manifests then become one.
        try await table.append([table.file("newer", current.partition, specID: 1)])
        #expect(try table.manifests.map(\.partitionSpecID) == [1, 1, 1, 0])
        let merged = try #require(try table.manifests.last)
        #expect(merged.existingFilesCount == 11 && merged.minSequenceNumber == 1)
        #expect(try table.liveEntries.count == 15)
    }

    @Test func theSummarySaysWhatWasAdded() async throws {
        var table = try MemoryTable()
        let commit = try await table.append(
            [table.file("a"), table.file("b"), table.file("c", [.int(3)])],
            summary: ["offload.batch-id": "7", "added-records": "wrong", "engine-name": "iceberg-offload"],
            properties: ["offload.watermark": "9"])
        #expect(
            commit.snapshot.summary == [
                "operation": "append", "added-data-files": "3", "added-records": "30",
                "added-files-size": "3000",
                "changed-partition-count": "2", "total-data-files": "3", "total-records": "30",
                "total-files-size": "3000", "total-delete-files": "0", "total-position-deletes": "0",
                "total-equality-deletes": "0", "offload.batch-id": "7", "engine-name": "iceberg-offload",
            ])
        #expect(table.metadata.properties == ["offload.watermark": "9"])
        #expect(commit.snapshot.parentSnapshotID == nil && table.reads == [])
        let uuid = "00000000-0000-4000-8000-100000000001"
        #expect(
            commit.newFiles.map(\.location) == [
                "mem:/t/metadata/\(uuid)-m0.avro", "mem:/t/metadata/snap-1001-1-\(uuid).avro",
                "mem:/t/metadata/00001-\(uuid).metadata.json",
            ])
        #expect(commit.newFiles.last?.location == commit.metadataLocation)
    }

    /// Engines without totals, and with wrong ones: what the manifest list proves is right, the rest is left out.
    @Test(arguments: [[:], ["total-records": "-5", "total-data-files": "many", "total-files-size": "-1"]])
    func oddTotalsOfTheParentDoNotSpread(summary: [String: String]) throws {
        var row = ManifestListTests.row
        row.content = .data
        let parent = Snapshot(
            snapshotID: 1, parentSnapshotID: nil, sequenceNumber: 1, timestampMilliseconds: 1,
            manifestList: "",
            summary: summary, schemaID: nil)
        let file = try MemoryTable().file("a")
        let entries = AppendSummary(files: [file], manifests: [row, ManifestListTests.row], parent: parent)
            .entries
        #expect(entries["total-data-files"] == "3" && entries["total-records"] == "9")
        #expect(entries["total-delete-files"] == "3")
        for key in ["total-files-size", "total-position-deletes", "total-equality-deletes"] {
            #expect(entries[key] == nil)
        }
    }

    @Test func propertiesSayWhereMetadataGoesAndHowMuchIsKept() async throws {
        var table = try MemoryTable(properties: [
            "write.metadata.path": "mem:/elsewhere/", "write.metadata.previous-versions-max": "2",
            "write.metadata.delete-after-commit.enabled": "true",
        ])
        let first = table.metadataLocation
        try await table.append([table.file("a")])
        try await table.append([table.file("b")])
        let commit = try await table.append([table.file("c")])
        #expect(commit.droppedMetadataLocations == [first])
        for file in commit.newFiles { #expect(file.location.hasPrefix("mem:/elsewhere/")) }
        #expect(table.metadata.metadataLog.count == 2)
    }

    @Test func theSameAppendGivesTheSameBytes() async throws {
        let table = try MemoryTable()
        var left = table
        var right = table
        let files = [table.file("a"), table.file("b", [nil])]
        #expect(try await left.append(files).newFiles == right.append(files).newFiles)
    }

    @Test func whatCannotBeAppendedIsRefused() async throws {
        let table = try MemoryTable()
        var deletes = table.file("d")
        deletes.content = .positionDeletes
        let bad: [([DataFile], IcebergError.Code)] = [
            ([], .unsupported), ([deletes], .unsupported),
            ([table.file("a"), table.file("a")], .invalidManifest),
            ([table.file("a", specID: 9)], .invalidPartition), ([table.file("a", [])], .invalidPartition),
            ([table.file("a", [.string("x")])], .invalidValue),
        ]
        for (files, code) in bad {
            var table = table
            let error = await #expect(throws: IcebergError.self) { try await table.append(files) }
            #expect(error?.code == code)
        }
    }

    @Test func aSnapshotIDInUseIsAConflict() async throws {
        var table = try MemoryTable()
        try await table.append([table.file("a")])
        let again = Append(
            metadata: table.metadata, files: [table.file("b")], snapshotID: 1_001, commitUUID: "x",
            timestampMilliseconds: 0)
        let error = await #expect(throws: IcebergError.self) {
            try await again.commit(metadataLocation: table.metadataLocation, read: table.read)
        }
        #expect(error?.isRetryable == true)
    }
}
