// The queries over one table: FROM and WHERE of a stretch of the cursor, with its values as parameters.
import ClickHouse
import OffloadCore

/// Builds `FROM … WHERE …` for rows in `(low, high]`, or `[low, high]`.
struct WindowQuery {
    let shape: TableShape
    private(set) var conditions: [String] = []
    private(set) var parameters: [String: String] = [:]

    init(_ shape: TableShape, low: CursorValue?, isLowIncluded: Bool = false, high: CursorValue?) {
        self.shape = shape
        if let low { add(isLowIncluded ? ">=" : ">", low, as: "low") }
        if let high { add("<=", high, as: "high") }
        if let condition = shape.definition.condition { conditions.append("(\(condition))") }
    }

    mutating func require(_ condition: String, parameter: String? = nil, value: String? = nil) {
        conditions.append(condition)
        if let parameter, let value { parameters[parameter] = value }
    }

    /// `FROM db.table FINAL WHERE …`
    var tail: String {
        let condition = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        return "FROM \(shape.name.sql)\(shape.definition.isFinal ? " FINAL" : "")\(condition)"
    }

    private mutating func add(_ comparison: String, _ value: CursorValue, as parameter: String) {
        conditions.append(shape.cursor.condition(comparison, parameter: parameter))
        parameters[parameter] = shape.cursor.cursor.text(value)
    }
}
