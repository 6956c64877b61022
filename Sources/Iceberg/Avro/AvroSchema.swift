/// An Avro schema: the shape of a value, with the properties Iceberg hangs on it (spec, Appendix A "Avro").
struct AvroSchema: Sendable {
    indirect enum Kind: Sendable {
        case null, boolean, int, long, float, double, bytes, string
        case fixed(name: String, size: Int)
        case enumeration(name: String, symbols: [String])
        case array(AvroSchema)
        case map(AvroSchema)
        case union([AvroSchema])
        case record(name: String, fields: [AvroField])
    }

    let kind: Kind
    /// What this type declares beyond Avro's own keys: `logicalType`, `element-id`, `adjust-to-utc` and the like.
    let properties: [(String, JSONValue)]

    init(_ kind: Kind, properties: [(String, JSONValue)] = []) {
        self.kind = kind
        self.properties = properties
    }

    static func optional(_ schema: AvroSchema) -> AvroSchema {
        AvroSchema(.union([AvroSchema(.null), schema]))
    }

    /// The schema itself, or what an optional one holds.
    var unwrapped: AvroSchema {
        guard case .union(let branches) = kind, branches.count == 2 else { return self }
        return branches[0].isNull ? branches[1] : branches[1].isNull ? branches[0] : self
    }

    var isNull: Bool { if case .null = kind { true } else { false } }

    /// The fields of a record, optional or not; empty for every other type.
    var fields: [AvroField] {
        guard case .record(_, let fields) = unwrapped.kind else { return [] }
        return fields
    }

    /// What an array, optional or not, holds; nil for every other type.
    var items: AvroSchema? {
        guard case .array(let items) = unwrapped.kind else { return nil }
        return items
    }

    /// What Avro calls the type.
    var name: String {
        switch kind {
        case .null: "null"
        case .boolean: "boolean"
        case .int: "int"
        case .long: "long"
        case .float: "float"
        case .double: "double"
        case .bytes: "bytes"
        case .string: "string"
        case .array: "array"
        case .map: "map"
        case .union: "union"
        case .fixed(let name, _), .enumeration(let name, _), .record(let name, _): name
        }
    }

    /// Whether a union would write `value` with this branch.
    func admits(_ value: AvroValue) -> Bool {
        switch (kind, value) {
        case (.null, .null), (.boolean, .boolean), (.int, .int), (.long, .long), (.float, .float),
            (.double, .double), (.bytes, .bytes), (.string, .string), (.array, .array), (.map, .map):
            true
        case (.fixed(_, let size), .fixed(let bytes)): bytes.count == size
        case (.enumeration(_, let symbols), .enumeration(let symbol)): symbols.contains(symbol)
        case (.record(_, let fields), .record(let values)): fields.count == values.count
        default: false
        }
    }
}

/// A field of an Avro record.
struct AvroField: Sendable {
    /// Property that keeps an Iceberg name which Avro does not allow, as Java writes it.
    static let icebergNameKey = "iceberg-field-name"

    let name: String
    let schema: AvroSchema
    /// Iceberg's `field-id`; nil in files whose writer left it out.
    let id: Int32?
    /// The field's name in the Iceberg schema where Avro had to change it.
    let icebergName: String?

    /// A field under its Iceberg name, which is sanitised if need be.
    init(_ icebergName: String, _ schema: AvroSchema, id: Int32?) {
        let name = AvroName.sanitized(icebergName)
        self.init(name: name, schema: schema, id: id, icebergName: name == icebergName ? nil : icebergName)
    }

    init(name: String, schema: AvroSchema, id: Int32?, icebergName: String?) {
        self.name = name
        self.schema = schema
        self.id = id
        self.icebergName = icebergName
    }
}
