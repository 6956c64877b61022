/// The head of a branch, or a tag.
public struct SnapshotReference: Sendable, Hashable {
    public var snapshotID: Int64
    public var isTag: Bool

    static func references(json: JSONText) throws -> [String: SnapshotReference] {
        Dictionary(
            try json.members.map { name, value in
                (
                    name,
                    SnapshotReference(
                        snapshotID: try value.int64("snapshot-id"), isTag: try value.string("type") == "tag")
                )
            }
        ) { _, last in last }
    }
}
