/// The metadata of one table (spec "Table Metadata Fields", format version 2): a checked view on the bytes of its file.
///
/// What the program uses is decoded; the rest, down to keys it does not know, stays as it was written and goes back so.
public struct TableMetadata: Sendable {
    /// The only format version that this library writes.
    public static let formatVersion: Int32 = 2

    let root: JSONObject
    public let tableUUID: String
    /// Without a slash at the end.
    public let location: String
    public let lastSequenceNumber: Int64
    public let lastUpdatedMilliseconds: Int64
    public let lastColumnID: Int32
    public let lastPartitionID: Int32
    public let currentSchema: Schema
    public let partitionSpecs: [PartitionSpec]
    public let defaultSpec: PartitionSpec
    public let sortOrders: [SortOrder]
    public let defaultSortOrder: SortOrder
    public let properties: [String: String]
    /// Nil for a table without data.
    public let currentSnapshotID: Int64?
    /// Branches and tags by name.
    public let refs: [String: SnapshotReference]
    /// Earlier metadata files, oldest first.
    public let metadataLog: [MetadataLogEntry]
    let snapshots: SnapshotIndex

    /// Reads a metadata file; costs one pass over the bytes and keeps them.
    /// - Throws: `.invalidJSON`; `.unsupported` for other format versions and for column types of other versions;
    ///   `.invalidMetadata` for what breaks the spec.
    public init(parsing file: [UInt8]) throws {
        guard !file.starts(with: [0x1F, 0x8B]) else {
            throw IcebergError(
                .unsupported, "the table metadata is compressed with gzip",
                hint: "set the table property 'write.metadata.compression-codec' to 'none'")
        }
        try self.init(text: JSONText(parsing: file))
    }

    init(text: JSONText) throws {
        do {
            try self.init(decoding: text)
        } catch let error as IcebergError where error.code == .invalidJSON {
            throw IcebergError(
                .invalidMetadata, "table metadata: \(error.message)", context: error.context,
                underlying: error)
        }
    }

    private init(decoding text: JSONText) throws {
        let root = try JSONObject(text)
        try self.init(root: root, snapshots: SnapshotIndex(root))
    }

    /// - Parameter snapshots: those of `root`.
    init(root: JSONObject, snapshots: SnapshotIndex) throws {
        self.root = root
        self.snapshots = snapshots
        let version = try root.int32("format-version")
        guard version == Self.formatVersion else {
            throw IcebergError(
                .unsupported, "the table has format version \(version); only version 2 is written",
                hint: version < Self.formatVersion
                    ? "upgrade it: ALTER TABLE ... SET TBLPROPERTIES ('format-version'='2')" : nil)
        }
        tableUUID = try root.string("table-uuid")
        location = Self.withoutTrailingSlash(try root.string("location"))
        lastSequenceNumber = try root.int64("last-sequence-number")
        lastUpdatedMilliseconds = try root.int64("last-updated-ms")
        lastColumnID = try root.int32("last-column-id")
        lastPartitionID = try root.int32("last-partition-id")
        properties = try root.optional("properties") { try $0.stringsByName } ?? [:]

        currentSchema = try Schema(
            json: Self.element(of: root, "schemas", where: "schema-id", is: "current-schema-id"))
        partitionSpecs = try root.elements("partition-specs").map(PartitionSpec.init(json:))
        defaultSpec = try PartitionSpec(
            json: Self.element(of: root, "partition-specs", where: "spec-id", is: "default-spec-id"))
        sortOrders = try root.elements("sort-orders").map(SortOrder.init(json:))
        defaultSortOrder = try SortOrder(
            json: Self.element(of: root, "sort-orders", where: "order-id", is: "default-sort-order-id"))

        metadataLog =
            try root.optional("metadata-log") { log in
                try log.elements.map(MetadataLogEntry.init(json:))
            } ?? []
        // Java writes -1 for a table without snapshots, PyIceberg null.
        let current = try root.optional("current-snapshot-id") { try $0.int64 } ?? -1
        currentSnapshotID = current == -1 ? nil : current
        refs = try root.optional("refs", SnapshotReference.references(json:)) ?? [:]
        try checkCurrentSnapshot()
    }

    /// Spec "Table Metadata Fields": the current snapshot is the head of `main` and exists.
    private func checkCurrentSnapshot() throws {
        if let currentSnapshotID, snapshots.byID[currentSnapshotID] == nil {
            throw IcebergError(.invalidMetadata, "the current snapshot is not among the snapshots")
        }
        if let main = refs["main"], main.snapshotID != currentSnapshotID {
            throw IcebergError(.invalidMetadata, "the branch 'main' is not at the current snapshot")
        }
    }

    /// The bytes of the metadata file.
    public var serialized: [UInt8] { Array(root.text.bytes) }

    private static func element(
        of root: JSONObject, _ list: String, where key: String, is reference: String
    ) throws -> JSONText {
        let id = try root.int32(reference)
        guard let element = try root.elements(list).first(where: { try $0.int32(key) == id }) else {
            throw IcebergError(.invalidMetadata, "'\(reference)' is not among the \(list)")
        }
        return element
    }

    static func withoutTrailingSlash(_ location: String) -> String {
        var location = location
        while location.hasSuffix("/"), !location.hasSuffix("://") { location.removeLast() }
        return location
    }
}

extension TableMetadata {
    /// Any schema the table ever had; nil when there is none of that id.
    public func schema(id: Int32) throws -> Schema? {
        try root.elements("schemas").first { try $0.int32("schema-id") == id }.map(Schema.init(json:))
    }

    public func spec(id: Int32) -> PartitionSpec? {
        partitionSpecs.first { $0.specID == id }
    }

    /// Decodes one snapshot; nil when the table has none of that id (any more).
    public func snapshot(id: Int64) throws -> Snapshot? {
        try snapshots.byID[id].map(Snapshot.init(json:))
    }

    /// In the order of the file.
    public var snapshotIDs: [Int64] { snapshots.ids }

    public var currentSnapshot: Snapshot? {
        get throws { try currentSnapshotID.flatMap { try snapshot(id: $0) } }
    }

    /// The newest snapshot on `main` that fits, walking from the current one to its parents; nil when none is left that
    /// does. Only the snapshots on the way are decoded.
    public func newestAncestor(where fits: (Snapshot) throws -> Bool) throws -> Snapshot? {
        var next = currentSnapshotID
        // As many steps as there are snapshots: a cycle of parents ends too.
        for _ in snapshotIDs {
            guard let id = next, let snapshot = try snapshot(id: id) else { return nil }
            if try fits(snapshot) { return snapshot }
            next = snapshot.parentSnapshotID
        }
        return nil
    }
}
