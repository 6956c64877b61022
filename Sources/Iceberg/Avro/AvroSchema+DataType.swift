/// Iceberg types as Avro schemas (spec, Appendix A "Avro"), named as Java names them.
extension AvroSchema {
    /// A record of these fields; optional ones become a union with null first.
    init(record name: String, _ fields: [NestedField]) {
        self.init(
            .record(
                name: name,
                fields: fields.map { field in
                    let schema = AvroSchema(field.type, fieldID: field.id)
                    return AvroField(field.name, field.isRequired ? schema : .optional(schema), id: field.id)
                }))
    }

    private init(_ type: DataType, fieldID: Int32) {
        switch type {
        case .boolean: self.init(.boolean)
        case .int: self.init(.int)
        case .long: self.init(.long)
        case .float: self.init(.float)
        case .double: self.init(.double)
        case .string: self.init(.string)
        case .binary: self.init(.bytes)
        case .date: self.init(.int, logicalType: "date")
        case .time: self.init(.long, logicalType: "time-micros")
        case .timestamp: self.init(.long, logicalType: "timestamp-micros", [("adjust-to-utc", false)])
        case .timestamptz: self.init(.long, logicalType: "timestamp-micros", [("adjust-to-utc", true)])
        case .uuid: self.init(.fixed(name: "uuid_fixed", size: 16), logicalType: "uuid")
        case .fixed(let length): self.init(.fixed(name: "fixed_\(length)", size: length))
        case .decimal(let precision, let scale):
            self.init(
                .fixed(name: "decimal_\(precision)_\(scale)", size: Self.decimalByteCount(precision)),
                logicalType: "decimal",
                [("precision", .int(Int64(precision))), ("scale", .int(Int64(scale)))])
        case .struct(let fields):
            self.init(record: "r\(fieldID)", fields)
        case .list(let elementID, let element, let isRequired):
            let item = AvroSchema(element, fieldID: elementID)
            self.init(
                .array(isRequired ? item : .optional(item)),
                properties: [("element-id", .int(Int64(elementID)))])
        case .map(let keyID, _, let valueID, _, _):
            // Avro's own maps have string keys only, so that others are arrays of pairs.
            let pair = AvroSchema(record: "k\(keyID)_v\(valueID)", type.children)
            self.init(.array(pair), logicalType: "map")
        }
    }

    private init(_ kind: Kind, logicalType: String, _ properties: [(String, JSONValue)] = []) {
        self.init(kind, properties: [("logicalType", .string(logicalType))] + properties)
    }

    /// The fewest bytes that hold every unscaled value of so many digits.
    static func decimalByteCount(_ precision: Int) -> Int {
        let largest = (0..<precision).reduce(Int128(1)) { power, _ in power * 10 } - 1
        return (1..<16).first { largest < Int128(1) << (8 * $0 - 1) } ?? 16
    }
}
