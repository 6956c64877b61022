/// What a statement gave back: its rows, and how many it changed.
import Foundation

/// The rows of one statement, all in memory.
public struct PostgresRows: Sendable, RandomAccessCollection {
    /// The statement's kind and counts, such as `UPDATE 1`.
    public let commandTag: String
    /// How many rows were selected, inserted, updated or deleted; 0 for other statements.
    public let affectedRowCount: Int

    let columns: [String]
    /// Row after row.
    let cells: [String?]
    public let count: Int

    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    public subscript(position: Int) -> PostgresRow {
        precondition(indices.contains(position), "no such row")
        let start = position * columns.count
        return PostgresRow(columns: columns, cells: cells[start..<start + columns.count])
    }
}

/// One row. Every getter throws `invalidValue`, which names the column, when it is absent, null or of another form.
public struct PostgresRow: Sendable {
    let columns: [String]
    let cells: ArraySlice<String?>

    public func string(_ column: String) throws -> String { try required(column, .string) }
    public func int64(_ column: String) throws -> Int64 { try required(column, .int64) }
    public func double(_ column: String) throws -> Double { try required(column, .double) }
    public func bool(_ column: String) throws -> Bool { try required(column, .bool) }
    public func uuid(_ column: String) throws -> UUID { try required(column, .uuid) }
    public func bytes(_ column: String) throws -> [UInt8] { try required(column, .bytes) }
    public func textArray(_ column: String) throws -> [String] { try required(column, .textArray) }

    /// The column's value, or nil where it is NULL: `row.optional("closed_at", .int64)`.
    public func optional<Value>(_ column: String, _ type: PostgresType<Value>) throws -> Value? {
        guard let index = columns.firstIndex(of: column) else {
            throw PostgresError(
                .invalidValue, "the result has no column \(column)",
                context: ["columns": columns.joined(separator: ", ")])
        }
        guard let text = cells[cells.startIndex + index] else { return nil }
        guard let value = type.decode(text) else {
            throw PostgresError(
                .invalidValue, "column \(column) is not of type \(type.name)",
                context: ["text": String(text.prefix(200))])
        }
        return value
    }

    private func required<Value>(_ column: String, _ type: PostgresType<Value>) throws -> Value {
        guard let value = try optional(column, type) else {
            throw PostgresError(.invalidValue, "column \(column) is null")
        }
        return value
    }
}

/// How one SQL type reads from PostgreSQL's text output.
public struct PostgresType<Value>: Sendable {
    let name: String
    /// Nil when the text is not of this type.
    let decode: @Sendable (String) -> Value?
}

extension PostgresType<String> {
    public static let string = PostgresType(name: "text") { $0 }
}

extension PostgresType<Int64> {
    public static let int64 = PostgresType(name: "bigint") { Int64($0) }
}

extension PostgresType<Double> {
    public static let double = PostgresType(name: "double precision") { Double($0) }
}

extension PostgresType<Bool> {
    public static let bool = PostgresType(name: "boolean") { ["t": true, "f": false][$0] }
}

extension PostgresType<UUID> {
    public static let uuid = PostgresType(name: "uuid") { UUID(uuidString: $0) }
}

extension PostgresType<[UInt8]> {
    public static let bytes = PostgresType(name: "bytea") { PostgresHex.decode($0) }
}

extension PostgresType<[String]> {
    public static let textArray = PostgresType(name: "text[]") { PostgresTextArray.decode($0) }
}
