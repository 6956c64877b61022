// Merging keeps the manifests few and every file in the table exactly once, with the numbers it came with.
import Testing

@testable import Iceberg

@Suite struct ManifestMergeTests {
    @Test func twoHundredAndFiftyAppendsStayFewManifests() async throws {
        var table = try MemoryTable()
        var counts: [Int] = []
        for number in 0..<250 {
            try await table.append([table.file("f\(number)", [.int(Int32(number % 4))])])
            counts.append(try table.manifests.count)
        }
        // One more with each commit, and the hundredth makes them one.
        #expect(counts == (1...99).map { $0 } + (1...99).map { $0 } + (1...52).map { $0 })

        let entries = try table.liveEntries.sorted { ($0.sequenceNumber ?? 0) < ($1.sequenceNumber ?? 0) }
        #expect(entries.map(\.dataFile) == (0..<250).map { table.file("f\($0)", [.int(Int32($0 % 4))]) })
        #expect(entries.map(\.sequenceNumber) == (1...250).map { Int64($0) })
        #expect(entries.map(\.fileSequenceNumber) == (1...250).map { Int64($0) })
        #expect(entries.map(\.snapshotID) == (1_001...1_250).map { Int64($0) })
        #expect(entries.filter { $0.status == .existing }.count == 198)

        let merged = try #require(try table.manifests.last)
        #expect(
            merged.addedFilesCount == 1 && merged.existingFilesCount == 198 && merged.deletedFilesCount == 0)
        #expect(merged.sequenceNumber == 199 && merged.minSequenceNumber == 1)
        #expect(merged.partitions?.map(\.lowerBound) == [Literal.int(0).encoded])
        #expect(merged.partitions?.map(\.upperBound) == [Literal.int(3).encoded])
        let summary = try #require(try table.metadata.currentSnapshot).summary
        #expect(summary["total-data-files"] == "250" && summary["total-records"] == "2500")
        #expect(summary["total-files-size"] == "250000")
    }

    @Test func aMergeWritesNoFileThatNothingRefersTo() async throws {
        var table = try MemoryTable(properties: ["commit.manifest.min-count-to-merge": "2"])
        try await table.append([table.file("a")])
        let commit = try await table.append([table.file("b")])
        #expect(commit.newFiles.count == 3)
        #expect(try table.manifests.map(\.manifestPath) == [commit.newFiles[0].location])
        #expect(try table.liveEntries.map(\.status) == [.added, .existing])
    }

    @Test func mergingCanBeTurnedOff() async throws {
        var table = try MemoryTable(properties: [
            "commit.manifest.min-count-to-merge": "2", "commit.manifest-merge.enabled": "false",
        ])
        for name in ["a", "b", "c"] { try await table.append([table.file(name)]) }
        #expect(try table.manifests.count == 3)
    }

    @Test func aTargetSizeBelowZeroLeavesEveryManifestAlone() async throws {
        var table = try MemoryTable(properties: [
            "commit.manifest.min-count-to-merge": "2",
            "commit.manifest.target-size-bytes": String(Int64.min),
        ])
        for name in ["a", "b", "c"] { try await table.append([table.file(name)]) }
        #expect(try table.manifests.count == 3)
    }

    @Test func foreignManifestsAreMergedWholeAndDeletesStayAside() async throws {
        var table = try MemoryTable(.deleted)
        let before = try table.liveEntries
        try await table.append([table.file("a", [])], properties: ["commit.manifest.min-count-to-merge": "2"])
        try await table.append([table.file("b", [])])
        let rows = try table.manifests
        #expect(rows.map(\.content) == [.data, .deletes])
        #expect(rows[1] == (try SparkTable.deleted.manifests().last))
        let after = try table.liveEntries
        for entry in before {
            let same = after.filter { $0.dataFile == entry.dataFile }
            #expect(same.count == 1)
            #expect(same.first?.snapshotID == entry.snapshotID)
            #expect(same.first?.sequenceNumber == entry.sequenceNumber)
            #expect(same.first?.fileSequenceNumber == entry.fileSequenceNumber)
        }
        #expect(after.count == before.count + 2)
    }

    @Test func filesDeletedEarlierAreDroppedAndTheRestKept() async throws {
        var table = try MemoryTable(properties: ["commit.manifest.min-count-to-merge": "2"])
        try await table.append([table.file("a"), table.file("b")])
        try rewriteOnlyManifest(of: &table) { entries in
            entries[0].status = .deleted
            entries[0].sequenceNumber = 1
            entries[0].fileSequenceNumber = 1
        }
        try await table.append([table.file("c")])
        #expect(try table.manifests.count == 1)
        let entries = try table.entries(of: try table.manifests[0])
        #expect(entries.map(\.dataFile) == [table.file("c"), table.file("b")])
        #expect(entries.map(\.status) == [.added, .existing])
        #expect(entries.map(\.sequenceNumber) == [2, 1])
        #expect(try table.metadata.currentSnapshot?.summary["total-data-files"] == "2")
    }

    @Test func aManifestThatWouldLoseSomethingStaysAsItIs() async throws {
        for isEncrypted in [true, false] {
            var table = try MemoryTable(properties: ["commit.manifest.min-count-to-merge": "3"])
            try await table.append([table.file("a")])
            // The list says two files, the manifest has one; or only the list's key opens it.
            try rewriteList(of: &table) { row in
                if isEncrypted { row.keyMetadata = [1] } else { row.existingFilesCount += 1 }
            }
            let odd = try table.manifests[0]
            try await table.append([table.file("b")])
            try await table.append([table.file("c")])
            let rows = try table.manifests
            #expect(rows.count == 2 && rows[1] == odd)
            #expect(try table.entries(of: rows[0]).map(\.dataFile) == [table.file("c"), table.file("b")])
        }
    }

    @Test func aSpecWhoseColumnIsGoneKeepsItsManifests() async throws {
        var table = try MemoryTable(properties: ["commit.manifest.min-count-to-merge": "3"])
        for name in ["a", "b"] { try await table.append([table.file(name)]) }
        let old = try table.manifests
        let schema = Schema(
            schemaID: 0, fields: [NestedField(id: 2, name: "m", isRequired: false, type: .long)])
        let specs = table.metadata.partitionSpecs + [PartitionSpec(specID: 1, fields: [])]
        try table.evolve([
            ("schemas", [schema.json]), ("partition-specs", .array(specs.map(\.json))),
            ("default-spec-id", 1),
        ])
        try await table.append([table.file("c", [], specID: 1)])
        #expect(Array(try table.manifests.dropFirst()) == old)
        #expect(table.reads.count == 1)
    }

    @Test func binsArePackedFromTheEnd() {
        let cases: [([Int64], Int64, [[Int64]])] = [
            ([], 10, []), ([4], 10, [[4]]), ([4, 4, 4], 10, [[4], [4, 4]]),
            ([1, 9, 5, 5], 10, [[1, 9], [5, 5]]),
            ([3, 20, 3], 10, [[3], [20], [3]]), ([5, 6, 5], 10, [[5], [6], [5]]),
            ([20, 20], 10, [[20], [20]]),
            ([1, 1, 1], 0, [[1], [1], [1]]),
        ]
        for (sizes, limit, expected) in cases {
            let rows = sizes.map { size in
                var row = ManifestListTests.row
                row.manifestLength = size
                return row
            }
            let bins = ManifestMerge.bins(of: rows, byteCountMax: limit)
            #expect(bins.map { $0.map(\.manifestLength) } == expected)
        }
    }

    private func rewriteList(of table: inout MemoryTable, _ change: (inout ManifestFile) -> Void) throws {
        let snapshot = try #require(try table.metadata.currentSnapshot)
        var rows = try table.manifests
        change(&rows[0])
        table.write(
            try ManifestList(rows).encoded(
                snapshotID: snapshot.snapshotID, parentSnapshotID: nil, sequenceNumber: 1,
                sync: ManifestTests.sync),
            to: snapshot.manifestList)
    }

    private func rewriteOnlyManifest(
        of table: inout MemoryTable, _ change: (inout [ManifestEntry]) -> Void
    ) throws {
        let row = try table.manifests[0]
        var entries = try table.entries(of: row)
        change(&entries)
        let writer = ManifestWriter(
            snapshotID: row.addedSnapshotID, sequenceNumber: 1, schema: table.metadata.currentSchema,
            sync: ManifestTests.sync)
        let (file, changed) = try writer.write(
            entries, spec: table.metadata.defaultSpec, to: row.manifestPath)
        table.write(file.bytes, to: file.location)
        try rewriteList(of: &table) { $0 = changed }
    }
}
