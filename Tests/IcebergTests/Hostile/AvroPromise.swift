// What reading manifests and manifest lists promises for any bytes at all; tests hold it to hostile files, `proof/fuzz` to
// millions.
@testable import Iceberg

enum AvroPromise {
    private static let sync = [UInt8](0..<16)

    /// Inherits nothing but zeros and ones, so that entries read alike before and after they are written again.
    private static let row = ManifestFile(
        manifestPath: "file:/m.avro", manifestLength: 1, partitionSpecID: 0, content: .data,
        sequenceNumber: 0, minSequenceNumber: 0, addedSnapshotID: 1, addedFilesCount: 0,
        existingFilesCount: 0, deletedFilesCount: 0, addedRowsCount: 0, existingRowsCount: 0,
        deletedRowsCount: 0, partitions: nil)

    /// What went wrong with these bytes; nil when both readers refused them with the room's own error, or read what is
    /// written and read again as the same.
    static func breach(by bytes: [UInt8]) -> String? {
        do {
            return try listBreach(by: bytes) ?? manifestBreach(by: bytes)
        } catch {
            return "what was read cannot be written and read again: \(error)"
        }
    }

    private static func listBreach(by bytes: [UInt8]) throws -> String? {
        guard let list = try read({ try ManifestList(parsing: bytes, location: "file:/l.avro") }) else {
            return nil
        }
        let written = try list.encoded(
            snapshotID: 1, parentSnapshotID: nil, sequenceNumber: 1, sync: sync)
        guard try ManifestList(parsing: written, location: "file:/l.avro") == list else {
            return "a manifest list reads back as another"
        }
        return nil
    }

    private static func manifestBreach(by bytes: [UInt8]) throws -> String? {
        guard let (schema, spec) = try read({ try table(of: bytes) }),
            let partition = try read({ try spec.partitionType(in: schema) }),
            let manifest = try read({ try Manifest(parsing: bytes, row: row, partition: partition) })
        else { return nil }
        let writer = ManifestWriter(snapshotID: 1, sequenceNumber: 1, schema: schema, sync: sync)
        // A decimal with more digits than its column has is only refused when it is written.
        guard let (file, _) = try read({ try writer.write(manifest.entries, spec: spec, to: "file:/m.avro") })
        else { return nil }
        let copy = try Manifest(parsing: file.bytes, row: row, partition: partition)
        guard copy.entries == manifest.entries, copy.isComplete else {
            return "a manifest reads back as another"
        }
        return nil
    }

    /// The schema and spec that the manifest's own header tells of; a table without columns where it tells nothing.
    private static func table(of bytes: [UInt8]) throws -> (Schema, PartitionSpec) {
        let file = try AvroFileReader(bytes)
        func json(_ key: String) throws -> JSONText? {
            try file.metadata[key].map { try JSONText(parsing: $0) }
        }
        let schema = try json("schema").map(Schema.init(json:)) ?? Schema(schemaID: 0, fields: [])
        let fields = try json("partition-spec") ?? JSONText([])
        return (schema, try PartitionSpec(json: JSONText(["spec-id": 0, "fields": .raw(fields)])))
    }

    /// Nil for bytes that are refused as they should be.
    private static func read<Value>(_ parse: () throws -> Value) throws -> Value? {
        do { return try parse() } catch is IcebergError { return nil }
    }
}
