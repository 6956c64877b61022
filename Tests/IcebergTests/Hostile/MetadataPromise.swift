// What reading table metadata promises for any bytes at all; tests hold it to hostile files, `proof/fuzz` to millions.
@testable import Iceberg

enum MetadataPromise {
    /// What went wrong with these bytes; nil when they were refused with the room's own error, or read as a table that
    /// takes a commit, is written and reads back as the same.
    static func breach(by bytes: [UInt8]) -> String? {
        do {
            return try textBreach(by: bytes) ?? tableBreach(by: bytes)
        } catch {
            return "what was read cannot be written and read again: \(error)"
        }
    }

    private static func textBreach(by bytes: [UInt8]) throws -> String? {
        guard let text = try read({ try JSONText(parsing: bytes) }) else { return nil }
        guard try JSONText(parsing: Array(text.bytes)) == text else { return "JSON reads back as another" }
        guard let string = try read({ try text.string }) else { return nil }
        let copy = try JSONText(parsing: Array(JSONText(.string(string)).bytes)).string
        return copy.utf8.elementsEqual(string.utf8) ? nil : "a string reads back as another"
    }

    private static func tableBreach(by bytes: [UInt8]) throws -> String? {
        guard let table = try read({ try TableMetadata(parsing: bytes) }) else { return nil }
        if let breach = try partsBreach(of: table) { return breach }
        guard let next = try read({ try grown(table) }) else { return nil }
        let copy = try TableMetadata(parsing: next.serialized)
        guard copy.snapshotIDs == table.snapshotIDs + [next.currentSnapshotID], copy.refs == next.refs,
            copy.properties == next.properties, copy.properties["offload"] == "tail",
            try copy.currentSnapshot == next.currentSnapshot, copy.metadataLog == next.metadataLog,
            copy.currentSchema == table.currentSchema, copy.partitionSpecs == table.partitionSpecs
        else { return "a table reads back as another after a commit" }
        return nil
    }

    /// The parts that are written anew when a table is created.
    private static func partsBreach(of table: TableMetadata) throws -> String? {
        guard try Schema(json: JSONText(table.currentSchema.json)) == table.currentSchema else {
            return "a schema reads back as another"
        }
        for spec in table.partitionSpecs where try PartitionSpec(json: JSONText(spec.json)) != spec {
            return "a partition spec reads back as another"
        }
        for order in table.sortOrders where try SortOrder(json: JSONText(order.json)) != order {
            return "a sort order reads back as another"
        }
        return nil
    }

    /// The table after one more snapshot and with one more property.
    private static func grown(_ table: TableMetadata) throws -> TableMetadata {
        var generator = SystemRandomNumberGenerator()
        let snapshot = Snapshot(
            snapshotID: table.freshSnapshotID(using: &generator), parentSnapshotID: table.currentSnapshotID,
            sequenceNumber: table.lastSequenceNumber &+ 1, timestampMilliseconds: 0,
            manifestList: "file:/l.avro", summary: ["operation": "append"], schemaID: nil)
        return try table.adding(
            snapshot: snapshot, properties: ["offload": "tail"], previousMetadataLocation: "file:/0.json")
    }

    /// Nil for bytes that are refused as they should be.
    private static func read<Value>(_ parse: () throws -> Value) throws -> Value? {
        do { return try parse() } catch is IcebergError { return nil }
    }
}
