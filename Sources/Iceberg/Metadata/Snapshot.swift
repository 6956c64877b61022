/// The state of a table at one point in time (spec "Snapshots").
public struct Snapshot: Sendable, Hashable {
    public var snapshotID: Int64
    /// Nil for the first snapshot of a table.
    public var parentSnapshotID: Int64?
    public var sequenceNumber: Int64
    public var timestampMilliseconds: Int64
    /// The location of the manifest list.
    public var manifestList: String
    /// `operation`, the totals, and whatever else the writer noted.
    public var summary: [String: String]
    /// The schema that was current; nil where the writer did not say.
    public var schemaID: Int32?

    public init(
        snapshotID: Int64, parentSnapshotID: Int64?, sequenceNumber: Int64, timestampMilliseconds: Int64,
        manifestList: String, summary: [String: String], schemaID: Int32?
    ) {
        self.snapshotID = snapshotID
        self.parentSnapshotID = parentSnapshotID
        self.sequenceNumber = sequenceNumber
        self.timestampMilliseconds = timestampMilliseconds
        self.manifestList = manifestList
        self.summary = summary
        self.schemaID = schemaID
    }
}

extension Snapshot {
    var json: JSONValue {
        var members: [(String, JSONValue)] = [
            ("sequence-number", .int(sequenceNumber)), ("snapshot-id", .int(snapshotID)),
        ]
        if let parentSnapshotID { members.append(("parent-snapshot-id", .int(parentSnapshotID))) }
        members += [
            ("timestamp-ms", .int(timestampMilliseconds)), ("summary", summaryJSON),
            ("manifest-list", .string(manifestList)),
        ]
        if let schemaID { members.append(("schema-id", .int(schemaID))) }
        return .object(members)
    }

    /// The operation first, as Java writes it; the others in the order of their names.
    private var summaryJSON: JSONValue {
        let operation = summary.filter { $0.key == "operation" }
        let others = summary.filter { $0.key != "operation" }.sorted { $0.key < $1.key }
        return .object((Array(operation) + others).map { ($0.key, .string($0.value)) })
    }

    init(json: JSONText) throws {
        self.init(
            snapshotID: try json.int64("snapshot-id"),
            parentSnapshotID: try json.optional("parent-snapshot-id") { try $0.int64 },
            // Snapshots from before an upgrade to version 2 have none and count as 0 (spec appendix E).
            sequenceNumber: try json.optional("sequence-number") { try $0.int64 } ?? 0,
            timestampMilliseconds: try json.int64("timestamp-ms"),
            manifestList: try json.string("manifest-list"),
            summary: try json.optional("summary") { try $0.stringsByName } ?? [:],
            schemaID: try json.optional("schema-id") { try $0.int32 })
    }
}

extension JSONText {
    /// An object whose every value is a string, such as table properties.
    var stringsByName: [String: String] {
        get throws {
            Dictionary(try members.map { ($0.key, try $0.value.string) }) { _, last in last }
        }
    }
}
