/// The summary of an append's snapshot (Java, SnapshotSummary): what it adds, and the table's totals.
struct AppendSummary {
    let files: [DataFile]
    /// All manifests of the new snapshot.
    let manifests: [ManifestFile]
    let parent: Snapshot?

    var entries: [String: String] {
        let partitionCount = Dictionary(grouping: files, by: \.specID).values
            .reduce(0) { $0 + Set($1.map(\.partition)).count }
        var entries: [String: Int64] = [
            "added-data-files": Int64(files.count),
            "added-records": Self.sum(files.map(\.recordCount)),
            "added-files-size": Self.sum(files.map(\.fileSizeInBytes)),
            "changed-partition-count": Int64(partitionCount),
        ]
        entries.merge(totals) { $1 }
        return entries.mapValues { String($0) }.merging(["operation": "append"]) { $1 }
    }

    /// Totals that the manifest list proves are taken from it, whatever the parent's summary says: some engines write
    /// none, or wrong ones. The others go on from the parent's, and are left out where it has none.
    private var totals: [String: Int64] {
        let data = manifests.filter { $0.content == .data }
        let deletes = manifests.filter { $0.content == .deletes }
        let deleteFilesCount = Self.sum(deletes.map(\.liveFilesCount))
        var totals = [
            "total-data-files": Self.sum(data.map(\.liveFilesCount)),
            "total-records": Self.sum(data.map(\.liveRowsCount)),
            "total-delete-files": deleteFilesCount,
        ]
        for key in ["total-position-deletes", "total-equality-deletes"] {
            totals[key] = deleteFilesCount == 0 ? 0 : parentTotal(key)
        }
        let addedSize = Self.sum(files.map(\.fileSizeInBytes))
        totals["total-files-size"] = parentTotal("total-files-size").map { $0 &+ addedSize }
        return totals
    }

    /// A total of the parent; 0 without parent, nil where the parent's is missing or no count.
    private func parentTotal(_ key: String) -> Int64? {
        guard let parent else { return 0 }
        return parent.summary[key].flatMap { Int64($0) }.flatMap { $0 < 0 ? nil : $0 }
    }

    /// Counts of foreign manifests can be anything; a total that wraps is no reason to stop.
    private static func sum(_ numbers: [Int64]) -> Int64 { numbers.reduce(0, &+) }
}
