/// One line of a manifest: a file, and when it came or went (Iceberg spec, "Manifest Entry Fields").
public struct ManifestEntry: Hashable, Sendable {
    public enum Status: Int32, Sendable {
        case existing = 0
        case added = 1
        case deleted = 2
    }

    public var status: Status
    /// The snapshot that added the file or, with `deleted`, removed it; nil is inherited from the manifest list.
    public var snapshotID: Int64?
    /// Data sequence number, which delete files are compared with; nil is inherited from the manifest list.
    public var sequenceNumber: Int64?
    /// Sequence number of the commit that added the file; nil is inherited from the manifest list.
    public var fileSequenceNumber: Int64?
    public var dataFile: DataFile

    public init(
        status: Status, snapshotID: Int64?, sequenceNumber: Int64?, fileSequenceNumber: Int64?,
        dataFile: DataFile
    ) {
        self.status = status
        self.snapshotID = snapshotID
        self.sequenceNumber = sequenceNumber
        self.fileSequenceNumber = fileSequenceNumber
        self.dataFile = dataFile
    }

    /// A file that a snapshot brings in: its sequence numbers are only known, and inherited, once it is committed.
    static func added(_ file: DataFile, by snapshotID: Int64) -> ManifestEntry {
        ManifestEntry(
            status: .added, snapshotID: snapshotID, sequenceNumber: nil, fileSequenceNumber: nil,
            dataFile: file)
    }

    var isLive: Bool { status != .deleted }

    /// The entry with what it inherits spelled out (Iceberg spec, "Sequence Number Inheritance").
    /// - Throws: `.invalidManifest` for an entry that may not inherit and yet has no number.
    func inheriting(from row: ManifestFile) throws -> ManifestEntry {
        var entry = self
        entry.snapshotID = snapshotID ?? row.addedSnapshotID
        // Manifests of format version 1 have no numbers, and their list says 0, which is what all files then have.
        if status == .added || row.sequenceNumber == 0 {
            entry.sequenceNumber = sequenceNumber ?? row.sequenceNumber
            entry.fileSequenceNumber = fileSequenceNumber ?? row.sequenceNumber
        }
        guard entry.sequenceNumber != nil else {
            throw IcebergError(
                .invalidManifest, "an entry that is not new has no sequence number",
                context: ["manifest": row.manifestPath, "file": dataFile.filePath])
        }
        return entry
    }

    /// The entry as a later snapshot's merged manifest holds it.
    var asExisting: ManifestEntry {
        var entry = self
        entry.status = .existing
        return entry
    }
}
