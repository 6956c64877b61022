/// The columns of a table: a struct whose every field, at any depth, has an id that never changes.
public struct Schema: Sendable, Hashable {
    public var schemaID: Int32
    public var fields: [NestedField]
    /// The fields that identify a row; empty when none are declared.
    public var identifierFieldIDs: [Int32]

    public init(schemaID: Int32, fields: [NestedField], identifierFieldIDs: [Int32] = []) {
        self.schemaID = schemaID
        self.fields = fields
        self.identifierFieldIDs = identifierFieldIDs
    }

    /// A field with its place in the tree.
    public struct Node: Sendable, Hashable {
        public var field: NestedField
        /// Names from the top: `["legs", "element", "price"]`.
        public var path: [String]
        /// The path of the same field in a Parquet file, where lists have three levels (`legs.list.element.price`)
        /// and maps a group `key_value` (Parquet format, LogicalTypes.md "Nested Types").
        public var parquetPath: [String]
        /// Inside a list or map, so that a row can hold it many times.
        public var isRepeated: Bool

        public var name: String { path.joined(separator: ".") }
    }

    /// Every field at every depth, parents before their children.
    public var nodes: [Node] {
        Self.nodes(of: fields, path: [], parquetPath: [], isRepeated: false)
    }

    private static func nodes(
        of fields: [NestedField], path: [String], parquetPath: [String], isRepeated: Bool
    ) -> [Node] {
        fields.flatMap { field in
            let node = Node(
                field: field, path: path + [field.name], parquetPath: parquetPath + [field.name],
                isRepeated: isRepeated)
            let group: [String]
            switch field.type {
            case .list: group = ["list"]
            case .map: group = ["key_value"]
            default: group = []
            }
            return [node]
                + nodes(
                    of: field.type.children, path: node.path, parquetPath: node.parquetPath + group,
                    isRepeated: isRepeated || !group.isEmpty)
        }
    }

    /// The highest id in use; 0 without fields.
    public var highestFieldID: Int32 { nodes.map(\.field.id).max() ?? 0 }

    public func field(id: Int32) -> NestedField? {
        nodes.first { $0.field.id == id }?.field
    }

    /// A field by its dotted path: `price`, `legs.element.price`, `tags.key`.
    public func field(named name: String) -> NestedField? {
        nodes.first { $0.name == name }?.field
    }

    /// The ids that belong on the schema elements of a Parquet file: fields, `element`, `key` and `value`, never the
    /// root, `list` or `key_value` (spec appendix A, "Parquet").
    public var fieldIDsByParquetPath: [[String]: Int32] {
        Dictionary(nodes.map { ($0.parquetPath, $0.field.id) }) { first, _ in first }
    }
}

extension Schema {
    public var json: JSONValue {
        let identifiers: [(String, JSONValue)] =
            identifierFieldIDs.isEmpty
            ? [] : [("identifier-field-ids", .array(identifierFieldIDs.map { .int($0) }))]
        return .object(
            [("type", "struct"), ("schema-id", .int(schemaID))] + identifiers
                + [("fields", .array(fields.map(\.json)))])
    }

    /// - Throws: `.invalidJSON`; `.unsupported` naming the field whose type version 2 does not know; `.invalidSchema`
    ///   when an id or a name stands twice.
    public init(json: JSONText) throws {
        self.init(
            schemaID: try json.int32("schema-id"),
            fields: try json.elements("fields").map(NestedField.init(json:)),
            identifierFieldIDs: try json.optional("identifier-field-ids") { ids in
                try ids.elements.map { try $0.int32 }
            } ?? [])
        let nodes = self.nodes
        guard Set(nodes.map(\.field.id)).count == nodes.count, Set(nodes.map(\.path)).count == nodes.count
        else {
            throw IcebergError(
                .invalidSchema, "a field id or name stands twice", context: ["schema-id": String(schemaID)])
        }
    }
}
