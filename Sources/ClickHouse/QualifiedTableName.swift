/// A table's name with its database.

/// `database` nil means the database of the connection.
public struct QualifiedTableName: Sendable, Hashable {
    public let database: String?
    public let table: String

    public init(database: String?, table: String) {
        self.database = database
        self.table = table
    }

    /// Reads `table`, `database.table`, and either part in backticks or double quotes, where it may hold
    /// anything.
    ///
    /// A bare part may hold anything but dots, quotes, spaces and control characters.
    /// - Throws: `ClickHouseError` `malformedText` with the position.
    public init(_ text: String) throws(ClickHouseError) {
        var scanner = TextScanner(text)
        let first = try Self.part(&scanner)
        if scanner.take(".") {
            self.init(database: first, table: try Self.part(&scanner))
        } else {
            self.init(database: nil, table: first)
        }
        scanner.skipSpaces()
        try scanner.expectEnd()
    }

    /// Quoted for SQL.
    public var sql: String {
        [database, table].compactMap { $0 }.map(quoteIdentifier).joined(separator: ".")
    }

    private static func part(_ scanner: inout TextScanner) throws(ClickHouseError) -> String {
        scanner.skipSpaces()
        switch scanner.next {
        case UInt8(ascii: "`"): return try named(scanner.quoted("`"), scanner)
        case UInt8(ascii: "\""): return try named(scanner.quoted("\""), scanner)
        default: return try named(scanner.bareName(), scanner)
        }
    }

    private static func named(_ name: String, _ scanner: TextScanner) throws(ClickHouseError) -> String {
        guard !name.isEmpty else { throw scanner.failure("expected a name") }
        return name
    }
}

extension QualifiedTableName: CustomStringConvertible {
    /// As people write it; not for SQL.
    public var description: String {
        [database, table].compactMap { $0 }.joined(separator: ".")
    }
}
