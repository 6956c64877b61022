/// The table property that gives ids to the columns of files that have none.
extension Schema {
    /// The property's name (spec "Column Projection"); readers use it only for files without any field id.
    public static let nameMappingProperty = "schema.name-mapping.default"

    /// The property's value: every field with its one name, nested ones below (spec appendix C, "Name Mapping
    /// Serialization").
    public var nameMapping: String {
        JSONText(Self.mapping(of: fields)).description
    }

    private static func mapping(of fields: [NestedField]) -> JSONValue {
        .array(
            fields.map { field in
                let children = field.type.children
                return .object(
                    [("field-id", .int(field.id)), ("names", [.string(field.name)])]
                        + (children.isEmpty ? [] : [("fields", mapping(of: children))]))
            })
    }
}
