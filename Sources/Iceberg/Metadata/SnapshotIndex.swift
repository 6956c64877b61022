/// A table's snapshots by id. There may be thousands, so they are found once and carried along from commit to commit.
struct SnapshotIndex: Sendable {
    /// In the order of the file.
    private(set) var ids: [Int64]
    private(set) var byID: [Int64: JSONText]

    /// - Parameter root: the table metadata; costs one pass over its snapshots.
    /// - Throws: `.invalidJSON`; `.invalidMetadata` for two snapshots of one id.
    init(_ root: JSONObject) throws {
        let elements = try root.optional("snapshots") { try $0.elements } ?? []
        ids = try elements.map { try $0.int64("snapshot-id") }
        byID = Dictionary(zip(ids, elements)) { first, _ in first }
        guard byID.count == ids.count else {
            throw IcebergError(.invalidMetadata, "a snapshot id stands twice")
        }
    }

    /// The snapshot's text is a copy of its own: a slice of the new metadata would keep all of it in memory.
    func adding(_ snapshot: Snapshot) -> SnapshotIndex {
        var index = self
        index.ids.append(snapshot.snapshotID)
        index.byID[snapshot.snapshotID] = JSONText(snapshot.json)
        return index
    }
}
