/// Types as schemas write them (spec appendix C): a string for a primitive, an object for the nested ones.
extension DataType {
    public var json: JSONValue {
        switch self {
        case .struct(let fields): ["type": "struct", "fields": .array(fields.map(\.json))]
        case .list(let id, let element, let isRequired):
            [
                "type": "list", "element-id": .int(id), "element": element.json,
                "element-required": .bool(isRequired),
            ]
        case .map(let keyID, let key, let valueID, let value, let isValueRequired):
            [
                "type": "map", "key-id": .int(keyID), "key": key.json, "value-id": .int(valueID),
                "value": value.json, "value-required": .bool(isValueRequired),
            ]
        default: .string(description)
        }
    }

    public init(json: JSONText) throws {
        guard json["type"] != nil else {
            self = try DataType(primitive: json.string)
            return
        }
        switch try json.string("type") {
        case "struct": self = .struct(try json.elements("fields").map(NestedField.init(json:)))
        case "list":
            self = .list(
                elementID: try json.int32("element-id"),
                element: try json.required("element", DataType.init(json:)),
                isElementRequired: try json.bool("element-required"))
        case "map":
            self = .map(
                keyID: try json.int32("key-id"),
                key: try json.required("key", DataType.init(json:)),
                valueID: try json.int32("value-id"),
                value: try json.required("value", DataType.init(json:)),
                isValueRequired: try json.bool("value-required"))
        case let name:
            throw IcebergError(.unsupported, "unknown nested type", context: ["type": name])
        }
    }
}

extension NestedField {
    public var json: JSONValue {
        .object(
            [("id", .int(id)), ("name", .string(name)), ("required", .bool(isRequired)), ("type", type.json)]
                + (doc.map { [("doc", .string($0))] } ?? []))
    }

    /// - Throws: an error that names the field when its type is not one of format version 2.
    public init(json: JSONText) throws {
        let name = try json.string("name")
        let type: DataType
        do {
            type = try json.required("type", DataType.init(json:))
        } catch let error as IcebergError where error.code == .unsupported {
            guard let inner = error.context["field"] else {
                let found = error.context["type"] ?? "?"
                throw IcebergError(
                    .unsupported, "field '\(name)' has a type that is not one of Iceberg format version 2",
                    context: ["field": name, "type": found])
            }
            throw IcebergError(
                .unsupported,
                "field '\(name).\(inner)' has a type that is not one of Iceberg format version 2",
                context: error.context.merging(["field": "\(name).\(inner)"]) { $1 })
        }
        self.init(
            id: try json.int32("id"), name: name, isRequired: try json.bool("required"), type: type,
            doc: try json.optional("doc") { try $0.string })
    }
}
