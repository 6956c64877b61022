// Types and schemas: JSON both ways, ids, paths, name mapping.
import Testing

@testable import Iceberg

/// One field of every shape, as a caller would declare it: without ids.
private let declared: [NestedField] = [
    NestedField(id: 0, name: "id", isRequired: true, type: .long, doc: "the \"key\""),
    NestedField(
        id: 0, name: "legs", isRequired: false,
        type: .list(
            elementID: 0,
            element: .struct([
                NestedField(id: 0, name: "price", isRequired: false, type: .decimal(precision: 9, scale: 2)),
                NestedField(id: 0, name: "sizes", isRequired: false, type: list(of: .int)),
            ]), isElementRequired: true)),
    NestedField(
        id: 0, name: "tags", isRequired: false,
        type: .map(keyID: 0, key: .string, valueID: 0, value: list(of: .fixed(16)), isValueRequired: false)),
    NestedField(
        id: 0, name: "place", isRequired: false,
        type: .struct([NestedField(id: 0, name: "x", isRequired: false, type: .double)])),
]

private func list(of element: DataType) -> DataType {
    .list(elementID: 0, element: element, isElementRequired: false)
}

@Suite struct SchemaTests {
    let schema = Schema.assigningFreshIDs(to: declared)

    @Test(arguments: [
        (DataType.boolean, "boolean"), (.int, "int"), (.long, "long"), (.float, "float"), (.double, "double"),
        (.decimal(precision: 9, scale: 2), "decimal(9, 2)"), (.date, "date"), (.time, "time"),
        (.timestamp, "timestamp"), (.timestamptz, "timestamptz"), (.string, "string"), (.uuid, "uuid"),
        (.fixed(16), "fixed[16]"), (.binary, "binary"),
    ])
    func primitivesHaveTheirSpecName(type: DataType, name: String) throws {
        #expect(type.description == name)
        #expect(try DataType(primitive: name) == type)
    }

    @Test func decimalsAreReadWithAndWithoutTheSpace() throws {
        #expect(try DataType(primitive: "decimal(38,10)") == .decimal(precision: 38, scale: 10))
    }

    @Test(arguments: [
        "timestamp_ns", "variant", "geometry(srid:4326)", "decimal(39, 0)", "decimal(0, 0)", "decimal(3, 4)",
        "decimal(9)", "decimal(9, 2, 1)", "decimal(a, b)", "fixed[-1]", "fixed[]", "fixed[99999999999]",
        "Int", "",
    ])
    func typesOfOtherVersionsAreRefused(name: String) {
        let error = #expect(throws: IcebergError.self) { try DataType(primitive: name) }
        #expect(error?.code == .unsupported)
    }

    @Test func anUnknownTypeNamesItsField() throws {
        let text = #"""
            {"type":"struct","schema-id":0,"fields":[{"id":1,"name":"at","required":false,"type":{"type":"struct",
            "fields":[{"id":2,"name":"fine","required":false,"type":"timestamptz_ns"}]}}]}
            """#
        let error = #expect(throws: IcebergError.self) {
            try Schema(json: JSONText(parsing: Array(text.utf8)))
        }
        #expect(error?.context["field"] == "at.fine")
        #expect(error?.message.contains("'at.fine'") == true)
    }

    /// Java's AssignFreshIds: a struct's fields first, then what is inside them; a map's key and value together.
    @Test func freshIDsAreGivenTopLevelFirst() {
        let ids = Dictionary(uniqueKeysWithValues: schema.nodes.map { ($0.name, $0.field.id) })
        #expect(
            ids == [
                "id": 1, "legs": 2, "tags": 3, "place": 4, "legs.element": 5, "legs.element.price": 6,
                "legs.element.sizes": 7, "legs.element.sizes.element": 8, "tags.key": 9, "tags.value": 10,
                "tags.value.element": 11, "place.x": 12,
            ])
        #expect(schema.highestFieldID == 12)
        #expect(schema.field(named: "legs.element.price")?.type == .decimal(precision: 9, scale: 2))
        #expect(schema.field(id: 12)?.name == "x")
        #expect(schema.field(named: "nowhere") == nil)
    }

    @Test func jsonGoesBothWays() throws {
        var schema = schema
        schema.identifierFieldIDs = [1]
        let text = JSONText(schema.json)
        #expect(try Schema(json: text) == schema)
        #expect(
            text.description.hasPrefix(
                #"{"type":"struct","schema-id":0,"identifier-field-ids":[1],"fields":[{"id":1,"name":"id","required":true,"#
                    + #""type":"long","doc":"the \"key\""},{"id":2,"#))
    }

    @Test(arguments: [
        [
            NestedField(id: 1, name: "a", isRequired: true, type: .int),
            .init(id: 1, name: "b", isRequired: true, type: .int),
        ],
        [
            NestedField(id: 1, name: "a", isRequired: true, type: .int),
            .init(id: 2, name: "a", isRequired: true, type: .int),
        ],
    ])
    func doubledIDsAndNamesAreRefused(fields: [NestedField]) {
        let error = #expect(throws: IcebergError.self) {
            try Schema(json: JSONText(Schema(schemaID: 0, fields: fields).json))
        }
        #expect(error?.code == .invalidSchema)
    }

    @Test func parquetPathsHaveThreeLevelListsAndMaps() {
        let ids = schema.fieldIDsByParquetPath
        #expect(ids.count == 12)
        #expect(ids[["legs"]] == 2)
        #expect(ids[["legs", "list", "element"]] == 5)
        #expect(ids[["legs", "list", "element", "sizes", "list", "element"]] == 8)
        #expect(ids[["tags", "key_value", "key"]] == 9)
        #expect(ids[["tags", "key_value", "value", "list", "element"]] == 11)
        #expect(ids[["place", "x"]] == 12)
        #expect(schema.nodes.filter(\.isRepeated).map(\.field.id).sorted() == [5, 6, 7, 8, 9, 10, 11])
    }

    @Test func nameMappingNamesNestedFields() {
        let small = Schema.assigningFreshIDs(to: [
            NestedField(id: 0, name: "a", isRequired: false, type: .int),
            NestedField(id: 0, name: "l", isRequired: false, type: list(of: .int)),
            NestedField(
                id: 0, name: "m", isRequired: false,
                type: .map(keyID: 0, key: .string, valueID: 0, value: .int, isValueRequired: false)),
        ])
        #expect(
            small.nameMapping
                == #"[{"field-id":1,"names":["a"]},"#
                + #"{"field-id":2,"names":["l"],"fields":[{"field-id":4,"names":["element"]}]},"#
                + #"{"field-id":3,"names":["m"],"fields":[{"field-id":5,"names":["key"]},{"field-id":6,"names":["value"]}]}]"#
        )
    }
}
