// What others do to the lake's tables: maintenance, other branches, and mistakes.
import Iceberg
import OffloadCore

extension LakeShelf {
    /// Writes the rows of all live files into one new file, as `rewrite_data_files` does.
    mutating func compact(_ target: String) {
        guard var table = tables[target], let main = table.mainSnapshot, main.liveFiles.count > 1 else {
            return
        }
        let location = "memory:/\(target)/data/compacted-\(table.snapshotCount + 1).parquet"
        files[location] = main.liveFiles.flatMap { (files[$0] ?? nil) ?? [] }
        table.main = table.snapshot(batch: nil, adding: [location], to: []).id
        tables[target] = table
    }

    /// Forgets every snapshot but the heads of branches, and removes the files that only the forgotten ones read.
    mutating func expire(_ target: String) {
        guard var table = tables[target] else { return }
        let kept = Set(table.branches.values).union([table.main].compactMap { $0 })
        let forgotten = table.snapshots.values.filter { !kept.contains($0.id) }
        guard !forgotten.isEmpty else { return }
        for snapshot in forgotten { table.snapshots[snapshot.id] = nil }
        let live = Set(table.snapshots.values.flatMap(\.liveFiles))
        for location in forgotten.flatMap(\.liveFiles) where !live.contains(location) {
            files[location] = nil
        }
        tables[target] = table
    }

    /// Sets `main` back to the snapshot before the newest; false: there is none.
    mutating func rollBack(_ target: String) -> Bool {
        guard let parent = tables[target]?.mainSnapshot?.parent, tables[target]?.snapshots[parent] != nil
        else { return false }
        tables[target]?.main = parent
        return true
    }

    /// Commits rows of somebody else's to a branch beside `main`.
    mutating func commitToBranch(_ target: String) {
        guard var table = tables[target] else { return }
        let location = "memory:/\(target)/data/branch-\(table.snapshotCount + 1).parquet"
        files[location] = [SimulatedRow(cursor: 0, id: -1)]
        table.branches["audit"] =
            table.snapshot(batch: nil, adding: [location], to: table.mainSnapshot?.liveFiles ?? []).id
        tables[target] = table
    }

    mutating func addColumns(_ names: [String], to target: String) {
        guard let table = tables[target] else { return }
        let missing = names.filter { name in !table.schema.fields.contains { $0.name == name } }
        let next = table.schema.highestFieldID + 1
        tables[target]?.schema = Schema(
            schemaID: table.schema.schemaID,
            fields: table.schema.fields
                + missing.enumerated().map {
                    NestedField(id: next + Int32($0), name: $1, isRequired: false, type: .string)
                })
    }
}

extension LakeShelf {
    /// Puts a table back as it was, with its files, and removes what strangers wrote since.
    mutating func restore(_ table: Table, files: [String: [SimulatedRow]?], at target: String) {
        let newest = tables[target]
        var table = table
        table.snapshotCount = newest?.snapshotCount ?? table.snapshotCount
        table.schema = newest?.schema ?? table.schema
        tables[target] = table
        for location in newest?.snapshots.values.flatMap(\.liveFiles) ?? [] where files[location] == nil {
            self.files[location] = nil
        }
        for (location, rows) in files { self.files[location] = rows }
    }
}
