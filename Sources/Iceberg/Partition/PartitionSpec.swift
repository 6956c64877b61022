/// How a table's rows are divided into partitions (spec "Partitioning").
public struct PartitionSpec: Sendable, Hashable {
    /// Partition field ids count from here.
    public static let firstFieldID: Int32 = 1000

    public var specID: Int32
    /// In the order of the partition tuple; empty for an unpartitioned table.
    public var fields: [PartitionField]

    public init(specID: Int32, fields: [PartitionField]) {
        self.specID = specID
        self.fields = fields
    }

    /// The spec of a new table: ids from 1000 and the names that Java and Spark give (`ts_day`, `symbol_bucket`).
    /// - Throws: `.invalidPartition` for an unknown column, a transform that does not take its type, or a name taken.
    public init(dividing schema: Schema, by columns: [(column: String, transform: Transform)]) throws {
        self.init(specID: 0, fields: [])
        for (column, transform) in columns {
            // Spec "Partitioning": the source may lie in a struct, but not in a list or map.
            guard let source = schema.nodes.first(where: { $0.name == column && !$0.isRepeated })?.field
            else {
                throw IcebergError(.invalidPartition, "there is no column '\(column)' to partition by")
            }
            let name = transform.partitionName(of: column)
            // Java, PartitionSpec.Builder.checkAndAddPartitionName: only identity may carry a column's name.
            guard !fields.contains(where: { $0.name == name }),
                transform == .identity || schema.field(named: name) == nil
            else {
                throw IcebergError(.invalidPartition, "the partition name '\(name)' is taken")
            }
            fields.append(
                PartitionField(
                    sourceID: source.id, fieldID: Self.firstFieldID + Int32(fields.count), name: name,
                    transform: transform))
        }
        _ = try partitionType(in: schema)
    }

    /// The highest partition field id; 999 for an unpartitioned table, as Java writes it.
    public var lastFieldID: Int32 { fields.map(\.fieldID).max() ?? Self.firstFieldID - 1 }

    /// The partition tuple's fields, every one optional.
    /// - Throws: `.invalidPartition` when the schema lacks a source column or a transform does not take its type.
    public func partitionType(in schema: Schema) throws -> [NestedField] {
        try fields.map { field in
            guard let source = schema.field(id: field.sourceID) else {
                throw IcebergError(
                    .invalidPartition, "the column of the partition field '\(field.name)' is gone",
                    context: ["source-id": String(field.sourceID)])
            }
            guard let type = field.transform.resultType(for: source.type) else {
                throw IcebergError(
                    .invalidPartition,
                    "the transform \(field.transform) does not take column '\(source.name)' of type \(source.type)"
                )
            }
            return NestedField(id: field.fieldID, name: field.name, isRequired: false, type: type)
        }
    }

    /// The folder of a partition: `day=2026-01-01/bucket=3`, escaped as Java's `URLEncoder` does; empty when the table is
    /// unpartitioned. `values` are the partition tuple, one for each field.
    public func path(for values: [Literal?]) -> String {
        zip(fields, values).map { field, value in
            "\(Self.escape(field.name))=\(Self.escape(field.transform.text(of: value)))"
        }.joined(separator: "/")
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "*"),
                UInt8(ascii: "_"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: " "): escaped += "+"
            default: escaped += "%" + Literal.hexadecimal([byte]).uppercased()
            }
        }
        return escaped
    }
}

/// One value of the partition tuple.
public struct PartitionField: Sendable, Hashable {
    /// The id of the column it is made from.
    public var sourceID: Int32
    public var fieldID: Int32
    public var name: String
    public var transform: Transform

    public init(sourceID: Int32, fieldID: Int32, name: String, transform: Transform) {
        self.sourceID = sourceID
        self.fieldID = fieldID
        self.name = name
        self.transform = transform
    }
}

extension Transform {
    /// The names of Java's `PartitionSpec.Builder`, which Spark's CREATE TABLE uses.
    fileprivate func partitionName(of column: String) -> String {
        switch self {
        case .identity, .unknown: column
        case .year: column + "_year"
        case .month: column + "_month"
        case .day: column + "_day"
        case .hour: column + "_hour"
        case .bucket: column + "_bucket"
        case .truncate: column + "_trunc"
        case .void: column + "_null"
        }
    }
}

extension PartitionSpec {
    public var json: JSONValue { ["spec-id": .int(specID), "fields": fieldsJSON] }

    /// The fields alone, as manifests carry them.
    public var fieldsJSON: JSONValue { .array(fields.map(\.json)) }

    public init(json: JSONText) throws {
        self.init(
            specID: try json.int32("spec-id"),
            fields: try json.elements("fields").map(PartitionField.init(json:)))
    }
}

extension PartitionField {
    var json: JSONValue {
        [
            "name": .string(name), "transform": .string(transform.description), "source-id": .int(sourceID),
            "field-id": .int(fieldID),
        ]
    }

    init(json: JSONText) throws {
        self.init(
            sourceID: try json.int32("source-id"), fieldID: try json.int32("field-id"),
            name: try json.string("name"), transform: Transform(try json.string("transform")))
    }
}
