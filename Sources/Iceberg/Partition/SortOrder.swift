/// The order of the rows inside each data file (spec "Sorting").
public struct SortOrder: Sendable, Hashable {
    /// Order 0 promises nothing.
    public static let unsorted = SortOrder(orderID: 0, fields: [])

    public var orderID: Int32
    public var fields: [SortField]

    public init(orderID: Int32, fields: [SortField]) {
        self.orderID = orderID
        self.fields = fields
    }
}

public struct SortField: Sendable, Hashable {
    public enum Direction: String, Sendable, Hashable {
        case ascending = "asc"
        case descending = "desc"
    }

    public enum NullOrder: String, Sendable, Hashable {
        case first = "nulls-first"
        case last = "nulls-last"
    }

    public var sourceID: Int32
    public var transform: Transform
    public var direction: Direction
    public var nullOrder: NullOrder

    public init(
        sourceID: Int32, transform: Transform = .identity, direction: Direction = .ascending,
        nullOrder: NullOrder = .first
    ) {
        self.sourceID = sourceID
        self.transform = transform
        self.direction = direction
        self.nullOrder = nullOrder
    }
}

extension SortOrder {
    public var json: JSONValue { ["order-id": .int(orderID), "fields": .array(fields.map(\.json))] }

    public init(json: JSONText) throws {
        self.init(
            orderID: try json.int32("order-id"),
            fields: try json.elements("fields").map(SortField.init(json:)))
    }
}

extension SortField {
    var json: JSONValue {
        [
            "transform": .string(transform.description), "source-id": .int(sourceID),
            "direction": .string(direction.rawValue), "null-order": .string(nullOrder.rawValue),
        ]
    }

    init(json: JSONText) throws {
        guard let direction = Direction(rawValue: try json.string("direction")),
            let nullOrder = NullOrder(rawValue: try json.string("null-order"))
        else {
            throw IcebergError(.invalidMetadata, "a sort field has an unknown direction or null order")
        }
        self.init(
            sourceID: try json.int32("source-id"), transform: Transform(try json.string("transform")),
            direction: direction, nullOrder: nullOrder)
    }
}
