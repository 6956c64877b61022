// Partition specs and sort orders: names, ids, tuple types, folders, JSON.
import Testing

@testable import Iceberg

@Suite struct PartitionSpecTests {
    let schema = Schema.assigningFreshIDs(to: [
        NestedField(id: 0, name: "at", isRequired: false, type: .timestamptz),
        NestedField(id: 0, name: "symbol", isRequired: false, type: .string),
        NestedField(
            id: 0, name: "legs", isRequired: false,
            type: .list(elementID: 0, element: .int, isElementRequired: true)),
        NestedField(id: 0, name: "at_day", isRequired: false, type: .int),
        NestedField(
            id: 0, name: "place", isRequired: false,
            type: .struct([NestedField(id: 0, name: "x", isRequired: false, type: .int)])),
    ])

    @Test func namesAndIDsAreThoseOfJava() throws {
        let spec = try PartitionSpec(
            dividing: schema,
            by: [
                ("at", .hour), ("symbol", .bucket(16)), ("symbol", .truncate(2)), ("symbol", .identity),
                ("place.x", .identity),
            ])
        #expect(spec.fields.map(\.name) == ["at_hour", "symbol_bucket", "symbol_trunc", "symbol", "place.x"])
        #expect(spec.fields.map(\.fieldID) == [1000, 1001, 1002, 1003, 1004])
        #expect(spec.fields.map(\.sourceID) == [1, 2, 2, 2, 7])
        #expect(spec.lastFieldID == 1004)
        #expect(try spec.partitionType(in: schema).map(\.type) == [.int, .int, .string, .string, .int])
        #expect(try PartitionSpec(json: JSONText(spec.json)) == spec)
        #expect(PartitionSpec(specID: 0, fields: []).lastFieldID == 999)
    }

    @Test(
        arguments: [
            [("nowhere", Transform.day)], [("symbol", .day)], [("legs.element", .identity)],
            [("legs", .identity)],
            [("symbol", .bucket(4)), ("symbol", .bucket(8))],
            // `at_day` is a column's name.
            [("at", .day)], [("symbol", .unknown("zorder"))],
        ] as [[(String, Transform)]])
    func impossibleDivisionsAreRefused(columns: [(String, Transform)]) {
        let error = #expect(throws: IcebergError.self) { try PartitionSpec(dividing: schema, by: columns) }
        #expect(error?.code == .invalidPartition)
    }

    @Test func aPartitionOfADroppedColumnIsNamed() {
        let spec = PartitionSpec(
            specID: 1,
            fields: [PartitionField(sourceID: 99, fieldID: 1000, name: "gone_day", transform: .day)])
        let error = #expect(throws: IcebergError.self) { try spec.partitionType(in: schema) }
        #expect(error?.message.contains("gone_day") == true)
    }

    @Test(
        arguments: [
            (Transform.day, Literal.date(20_454), "f=2026-01-01"), (.day, .int(20_454), "f=2026-01-01"),
            (.hour, .int(490_899), "f=2026-01-01-03"), (.hour, .int(-1), "f=1969-12-31-23"),
            (.month, .int(672), "f=2026-01"),
            (.month, .int(-1), "f=1969-12"), (.year, .int(56), "f=2026"), (.bucket(4), .int(3), "f=3"),
            (.identity, nil, "f=null"),
            (.identity, .string("a b/c=é%*-_.~"), "f=a+b%2Fc%3D%C3%A9%25*-_.%7E"),
            (.identity, .string(""), "f="),
            (.identity, .timestamptz(0), "f=1970-01-01T00%3A00Z"), (.void, nil, "f=null"),
            (.truncate(10), .decimal(unscaled: 1050, scale: 2), "f=10.50"),
        ] as [(Transform, Literal?, String)])
    func foldersAreNamedAsJavaNamesThem(transform: Transform, value: Literal?, path: String) {
        let field = PartitionField(sourceID: 1, fieldID: 1000, name: "f", transform: transform)
        #expect(PartitionSpec(specID: 0, fields: [field]).path(for: [value]) == path)
    }

    @Test func foldersNestInTheOrderOfTheSpec() throws {
        let spec = try PartitionSpec(dividing: schema, by: [("at", .hour), ("symbol", .bucket(4))])
        #expect(spec.path(for: [.int(490_896), .int(3)]) == "at_hour=2026-01-01-00/symbol_bucket=3")
        #expect(PartitionSpec(specID: 0, fields: []).path(for: []) == "")
    }

    @Test func sortOrdersGoBothWays() throws {
        let text =
            #"{"order-id":1,"fields":[{"transform":"identity","source-id":2,"direction":"desc","null-order":"nulls-last"},"#
            + #"{"transform":"bucket[4]","source-id":1,"direction":"asc","null-order":"nulls-first"}]}"#
        let order = try SortOrder(json: JSONText(parsing: Array(text.utf8)))
        #expect(order.fields[0] == SortField(sourceID: 2, direction: .descending, nullOrder: .last))
        #expect(JSONText(order.json).description == text)
    }
}
