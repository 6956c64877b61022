/// Avro schemas as JSON text (Avro 1.12, "Schema Declaration").
extension AvroSchema {
    /// Parses a schema; names are resolved, so that a reference holds what it refers to.
    /// - Throws: `.invalidAvro` or `.invalidJSON`; also for a type that contains itself, which manifests never do.
    init(json: [UInt8]) throws {
        var parser = Parser()
        self = try parser.schema(try JSONText(parsing: json), namespace: "", depth: 0)
    }

    var json: String {
        var printer = Printer()
        return JSONText(printer.schema(self)).description
    }

    private static let ownKeys: Set<String> = [
        "type", "name", "namespace", "fields", "items", "values", "symbols", "size", "doc", "aliases",
        "order",
        "default",
    ]

    private struct Parser {
        /// Declared types, each with the levels below it: a chain of references nests as deep as a chain of brackets.
        private var named: [String: (schema: AvroSchema, height: Int)] = [:]
        /// The deepest level so far.
        private var deepest = 0

        mutating func schema(_ json: JSONText, namespace: String, depth: Int) throws -> AvroSchema {
            try reach(depth)
            switch json.bytes.first {
            case UInt8(ascii: "["):
                return AvroSchema(
                    .union(
                        try json.elements.map { try schema($0, namespace: namespace, depth: depth + 1) }))
            case UInt8(ascii: "\""):
                return try reference(try json.string, namespace: namespace, depth: depth)
            default: return try complex(json, namespace: namespace, depth: depth)
            }
        }

        private mutating func reach(_ depth: Int) throws {
            guard depth < AvroDecoder.depthMax else {
                throw IcebergError(.invalidAvro, "an Avro schema nests too deep")
            }
            deepest = max(deepest, depth)
        }

        private mutating func reference(
            _ name: String, namespace: String, depth: Int
        ) throws -> AvroSchema {
            if let kind = Self.primitive(name) { return AvroSchema(kind) }
            guard let (schema, height) = named[Self.fullName(name, namespace)] ?? named[name] else {
                throw IcebergError(
                    .invalidAvro, "an Avro schema refers to an unknown type", context: ["type": name])
            }
            try reach(depth + height)
            return schema
        }

        private mutating func complex(_ json: JSONText, namespace: String, depth: Int) throws -> AvroSchema {
            let type = try json.required("type") { $0 }
            guard type.bytes.first == UInt8(ascii: "\"") else {
                return try schema(type, namespace: namespace, depth: depth + 1)
            }
            let word = try type.string
            let properties = try json.members.filter { !ownKeys.contains($0.key) }
                .map { ($0.key, JSONValue.raw($0.value)) }
            switch word {
            case "array":
                let items = try schema(
                    try json.required("items") { $0 }, namespace: namespace, depth: depth + 1)
                return AvroSchema(.array(items), properties: properties)
            case "map":
                let values = try schema(
                    try json.required("values") { $0 }, namespace: namespace, depth: depth + 1)
                return AvroSchema(.map(values), properties: properties)
            case "record", "error", "enum", "fixed":
                return try declaration(word, json, properties, namespace: namespace, depth: depth)
            default:
                let referred = try reference(word, namespace: namespace, depth: depth)
                return AvroSchema(referred.kind, properties: properties)
            }
        }

        private mutating func declaration(
            _ word: String, _ json: JSONText, _ properties: [(String, JSONValue)], namespace: String,
            depth: Int
        ) throws -> AvroSchema {
            let name = try json.string("name")
            let outer = try json.optional("namespace") { try $0.string } ?? namespace
            let fullName = Self.fullName(name, outer)
            let deepestBefore = deepest
            deepest = depth
            let kind: Kind
            switch word {
            case "enum":
                kind = .enumeration(
                    name: fullName, symbols: try json.elements("symbols").map { try $0.string })
            case "fixed":
                let size = Int(try json.int32("size"))
                guard size >= 0 else { throw IcebergError(.invalidAvro, "an Avro fixed has a negative size") }
                kind = .fixed(name: fullName, size: size)
            default:
                let inner = fullName.split(separator: ".").dropLast().joined(separator: ".")
                kind = .record(
                    name: fullName,
                    fields: try json.elements("fields").map { try field($0, namespace: inner, depth: depth) })
            }
            let schema = AvroSchema(kind, properties: properties)
            named[fullName] = (schema, height: deepest - depth)
            deepest = max(deepest, deepestBefore)
            return schema
        }

        private mutating func field(_ json: JSONText, namespace: String, depth: Int) throws -> AvroField {
            AvroField(
                name: try json.string("name"),
                schema: try schema(try json.required("type") { $0 }, namespace: namespace, depth: depth + 1),
                id: try json.optional("field-id") { try $0.int32 },
                icebergName: try json.optional(AvroField.icebergNameKey) { try $0.string })
        }

        private static func fullName(_ name: String, _ namespace: String) -> String {
            name.contains(".") || namespace.isEmpty ? name : "\(namespace).\(name)"
        }

        private static func primitive(_ name: String) -> Kind? {
            switch name {
            case "null": .null
            case "boolean": .boolean
            case "int": .int
            case "long": .long
            case "float": .float
            case "double": .double
            case "bytes": .bytes
            case "string": .string
            default: nil
            }
        }
    }

    private struct Printer {
        /// A named type is spelled out once; after that its name stands for it.
        private var named: Set<String> = []

        mutating func schema(_ schema: AvroSchema) -> JSONValue {
            var members: [(String, JSONValue)]
            switch schema.kind {
            case .union(let branches): return .array(branches.map { self.schema($0) })
            case .array(let items): members = [("type", "array"), ("items", self.schema(items))]
            case .map(let values): members = [("type", "map"), ("values", self.schema(values))]
            case .record, .fixed, .enumeration:
                guard named.insert(schema.name).inserted else { return .string(schema.name) }
                members = declaration(schema)
            default:
                guard !schema.properties.isEmpty else { return .string(schema.name) }
                members = [("type", .string(schema.name))]
            }
            members += schema.properties
            return .object(members)
        }

        private mutating func declaration(_ schema: AvroSchema) -> [(String, JSONValue)] {
            switch schema.kind {
            case .fixed(let name, let size):
                return [("type", "fixed"), ("name", .string(name)), ("size", .int(Int64(size)))]
            case .enumeration(let name, let symbols):
                return [
                    ("type", "enum"), ("name", .string(name)),
                    ("symbols", .array(symbols.map { .string($0) })),
                ]
            default:
                let fields = schema.fields.map { field($0) }
                return [("type", "record"), ("name", .string(schema.name)), ("fields", .array(fields))]
            }
        }

        private mutating func field(_ field: AvroField) -> JSONValue {
            var members = [("name", JSONValue.string(field.name)), ("type", schema(field.schema))]
            // Avro wants the default to be of the union's first branch, and Iceberg's optional fields put null first.
            if case .union(let branches) = field.schema.kind, branches.first?.isNull == true {
                members.append(("default", .null))
            }
            if let id = field.id { members.append(("field-id", .int(Int64(id)))) }
            if let name = field.icebergName { members.append((AvroField.icebergNameKey, .string(name))) }
            return .object(members)
        }
    }
}
