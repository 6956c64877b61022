// Manifests and manifest lists as Java writes them: counts, partitions and bounds mean what the tables hold.
import Testing

@testable import Iceberg

@Suite struct SparkManifestTests {
    /// Added, existing and deleted files, then rows, of each manifest in the current list.
    private static let counts: [(SparkTable, [(spec: Int32, deletes: Bool, sequence: Int64, [Int64])])] = [
        (
            .trades,
            [
                (0, false, 3, [4, 0, 0, 50, 0, 0]), (0, false, 2, [7, 0, 0, 50, 0, 0]),
                (0, false, 1, [8, 0, 0, 200, 0, 0]),
            ]
        ),
        (.evolved, [(1, false, 2, [2, 0, 0, 20, 0, 0]), (0, false, 1, [10, 0, 0, 20, 0, 0])]),
        (
            .deleted,
            [
                (0, false, 3, [2, 0, 0, 10, 0, 0]), (0, false, 1, [2, 0, 0, 1000, 0, 0]),
                (0, true, 2, [2, 0, 0, 100, 0, 0]),
            ]
        ),
        (.maintained, [(0, false, 8, [4, 0, 0, 240, 0, 0]), (0, false, 8, [0, 0, 8, 0, 0, 240])]),
    ]

    @Test func listsHoldTheCountsOfTheirManifests() throws {
        for (table, expected) in Self.counts {
            let rows = try table.manifests()
            #expect(rows.count == expected.count)
            for (row, expected) in zip(rows, expected) {
                #expect(row.partitionSpecID == expected.spec)
                #expect((row.content == .deletes) == expected.deletes)
                #expect(row.sequenceNumber == expected.sequence)
                #expect(
                    [
                        Int64(row.addedFilesCount), Int64(row.existingFilesCount),
                        Int64(row.deletedFilesCount),
                        row.addedRowsCount, row.existingRowsCount, row.deletedRowsCount,
                    ] == expected.3)
                #expect(row.manifestLength == Int64(try SparkTable.read(row.manifestPath).count))
                let entries = try table.manifest(row).entries
                for (status, files, rows) in [
                    (ManifestEntry.Status.added, Int64(row.addedFilesCount), row.addedRowsCount),
                    (.existing, Int64(row.existingFilesCount), row.existingRowsCount),
                    (.deleted, Int64(row.deletedFilesCount), row.deletedRowsCount),
                ] {
                    let some = entries.filter { $0.status == status }
                    #expect(Int64(some.count) == files)
                    #expect(some.reduce(0) { $0 + $1.dataFile.recordCount } == rows)
                }
            }
        }
    }

    @Test(arguments: SparkTable.allCases)
    func partitionsSummariesAndPathsAgree(table: SparkTable) throws {
        let metadata = try table.metadata
        for row in try table.manifests() {
            let spec = try #require(metadata.spec(id: row.partitionSpecID))
            let manifest = try table.manifest(row)
            #expect(manifest.isComplete)
            for entry in manifest.entries {
                let folder = spec.path(for: entry.dataFile.partition)
                #expect(entry.dataFile.filePath.contains("/data/\(folder)\(folder.isEmpty ? "" : "/")0000"))
                #expect(entry.dataFile.fileFormat == "PARQUET")
                #expect(entry.dataFile.splitOffsets == [4])
            }
            for (position, summary) in (row.partitions ?? []).enumerated() {
                let values = manifest.entries.map(\.dataFile.partition[position])
                #expect(FieldSummary(of: values) == summary)
            }
        }
    }

    @Test(arguments: [SparkTable.trades, .evolved, .maintained])
    func boundsDecodeToValuesOfTheirPartition(table: SparkTable) throws {
        let metadata = try table.metadata
        for row in try table.manifests() {
            let spec = try #require(metadata.spec(id: row.partitionSpecID))
            for file in try table.manifest(row).entries.map(\.dataFile) {
                for (field, value) in zip(spec.fields, file.partition) where field.transform.isOrderPreserving
                {
                    let source = try #require(metadata.currentSchema.field(id: field.sourceID))
                    for bound in [file.lowerBounds[source.id], file.upperBounds[source.id]] {
                        let literal = try Literal(decoding: try #require(bound), as: source.type)
                        #expect(field.transform.apply(literal) == value)
                    }
                }
            }
        }
    }

    @Test func aDeleteManifestReadsAsPositionDeletes() throws {
        let row = try #require(try SparkTable.deleted.manifests().first { $0.content == .deletes })
        let entries = try SparkTable.deleted.manifest(row).entries
        #expect(entries.map(\.dataFile.content) == [.positionDeletes, .positionDeletes])
        #expect(entries.map(\.dataFile.recordCount) == [50, 50])
        #expect(entries.map(\.sequenceNumber) == [2, 2])
        // The path column of position deletes, whose bounds are the one file they all refer to.
        for file in entries.map(\.dataFile) {
            let path = try Literal(decoding: try #require(file.lowerBounds[2_147_483_546]), as: .string)
            #expect(file.referencedDataFile.map(Literal.string) ?? path == path)
        }
    }

    @Test func deletedEntriesKeepTheNumbersTheyHad() throws {
        let rows = try SparkTable.maintained.manifests()
        let added = try SparkTable.maintained.manifest(rows[0]).entries
        // Compaction keeps the data sequence number of its input, and commits as number 8.
        #expect(added.allSatisfy { $0.sequenceNumber == 7 && $0.fileSequenceNumber == 8 })
        let deleted = try SparkTable.maintained.manifest(rows[1]).entries
        #expect(deleted.map(\.status) == [ManifestEntry.Status](repeating: .deleted, count: 8))
        #expect(deleted.allSatisfy { $0.snapshotID == rows[1].addedSnapshotID && $0.sequenceNumber ?? 9 < 8 })
    }
}
