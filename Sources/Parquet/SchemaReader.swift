/// Builds the schema tree from the footer's flat, depth-first list of elements.

struct SchemaReader {
    private static let depthMax = 64

    /// What an element is to the one above it, which decides its canonical name and whether it bears a field id.
    private enum Role {
        case root
        case field
        case listItems
        case mapEntries
    }

    private let elements: [ThriftStruct]
    private var position = 0

    static func parse(_ elements: [ThriftStruct]) throws -> SchemaNode {
        var reader = SchemaReader(elements: elements)
        let root = try reader.readNode(.root, named: nil, under: nil, depth: 0)
        guard reader.position == elements.count else {
            throw ParquetError(.malformed, "the schema has elements outside its tree")
        }
        return root
    }

    private init(elements: [ThriftStruct]) {
        self.elements = elements
    }

    /// Reads the next element and all below it. `canonical` replaces its name in `path`.
    private mutating func readNode(
        _ role: Role, named canonical: String?, under parent: SchemaNode?, depth: Int
    ) throws -> SchemaNode {
        guard position < elements.count, depth < Self.depthMax else {
            throw ParquetError(.malformed, "the schema's tree is incomplete or too deep")
        }
        let element = elements[position]
        position += 1
        let name = try element.required(4, "name", \.string)
        let repetition = role == .root ? .required : try Self.repetition(of: element)
        var node = SchemaNode(
            name: name,
            path: parent.map { $0.path + [canonical ?? name] } ?? [],
            repetition: repetition,
            physicalType: try PhysicalType(element: element),
            logicalType: try LogicalType(element: element),
            children: [],
            definitionLevelMax: (parent?.definitionLevelMax ?? 0) + (repetition == .required ? 0 : 1),
            isRepeated: parent?.isRepeated == true || repetition == .repeated,
            isNumbered: role == .field,
            namesInFile: parent.map { $0.namesInFile + [name] } ?? [],
            element: element)
        _ = try element.optional(9, "field_id", \.int32)
        let childCount = try element.optional(5, "num_children", \.int32) ?? 0
        try Self.check(node, role, childCount: childCount)
        for index in 0..<Int(childCount) {
            let (childRole, childName) = Self.child(index, of: node, role)
            node.children.append(try readNode(childRole, named: childName, under: node, depth: depth + 1))
        }
        guard Set(node.children.map { $0.path.last }).count == node.children.count else {
            throw ParquetError(.malformed, "a group has two fields of one name", ["group": node.columnName])
        }
        return node
    }

    private static func repetition(of element: ThriftStruct) throws -> SchemaNode.Repetition {
        let raw = try element.required(3, "repetition_type", \.int32)
        guard let repetition = SchemaNode.Repetition(rawValue: raw) else {
            throw ParquetError(.malformed, "unknown repetition \(raw)")
        }
        return repetition
    }

    /// Lists and maps must have the three levels of LogicalTypes.md, "Nested Types"; two-level lists of old writers
    /// are refused, as their element could not be told from the group in between.
    private static func check(_ node: SchemaNode, _ role: Role, childCount: Int32) throws {
        let isGroup = node.physicalType == nil
        guard isGroup ? childCount > 0 : childCount == 0 else {
            throw ParquetError(
                .malformed, "a field is both column and group, or neither", ["field": node.columnName])
        }
        let isInnerLevel = role == .listItems || role == .mapEntries
        let fits =
            switch (role, isGroup, node.logicalType) {
            case (.listItems, true, _): childCount == 1
            case (.mapEntries, true, _): childCount == 2
            case (.listItems, false, _), (.mapEntries, false, _), (.root, false, _): false
            case (_, true, .list), (_, true, .map): childCount == 1
            default: true
            }
        guard fits, isInnerLevel == (node.repetition == .repeated) else {
            throw ParquetError(
                .unsupported, "a list or map does not have the three levels of the Parquet specification",
                ["field": node.columnName])
        }
    }

    private static func child(_ index: Int, of node: SchemaNode, _ role: Role) -> (Role, String?) {
        switch (role, node.logicalType) {
        case (.listItems, _): (.field, "element")
        case (.mapEntries, _): (.field, index == 0 ? "key" : "value")
        case (.field, .list): (.listItems, "list")
        case (.field, .map): (.mapEntries, "key_value")
        default: (.field, nil)
        }
    }
}

extension SchemaNode {
    /// The path with dots, for error contexts.
    var columnName: String { path.joined(separator: ".") }
}
