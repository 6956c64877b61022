// When a table's own TTL deletes rows that have not been offloaded yet.
import ClickHouse
import OffloadCore

extension ClickHouseSource {
    /// When the first of the rows with this cursor may be deleted, microseconds since 1970; nil: the table keeps them.
    /// Costs two small queries, of which one reads the rows with this cursor.
    func expiry(of table: SourceTable, at position: CursorValue) async throws -> Int64? {
        let shape = try shape(of: table)
        let rules = try await deletionRules(of: shape)
        guard !rules.isEmpty else { return nil }
        let query = WindowQuery(shape, low: position, isLowIncluded: true, high: position)
        let moments = rules.map { "minOrNullIf(toUnixTimestamp(\($0.expression)), \($0.condition ?? "1"))" }
        let row = try await row("SELECT \(moments.joined(separator: ", ")) \(query.tail)", query, table)
        return row.compactMap { $0.flatMap { Int64($0) } }.filter { $0 > 0 }.min().map { $0 * 1_000_000 }
    }

    private func deletionRules(of shape: TableShape) async throws -> [DeletionRule] {
        let database = shape.name.database.map(quoteLiteral) ?? "currentDatabase()"
        return try await ClickHouseFailure.translated(shape.definition.source) {
            let rows = try await client.rows(
                """
                SELECT engine_full FROM system.tables
                WHERE database = \(database) AND name = \(quoteLiteral(shape.name.table))
                """)
            return try rows.first?.first?.map { try DeletionRule.rules(of: $0) } ?? []
        }
    }
}
