// The Iceberg SQL catalog, schema version V1: one row per table, whose metadata_location is the table.
import OffloadCore
import Postgres

/// Reads and moves table pointers inside a transaction that its caller owns.
///
/// Statements as Java's JdbcUtil.java makes them, so that Spark, Trino, Flink and PyIceberg share the tables with us.
struct SQLCatalog: Sendable {
    /// The client-side name of the catalog is a part of its key: readers must use the same name.
    let name: String

    /// The table's current metadata file; nil if there is no such table. Locks the pointer until the transaction
    /// ends: another writer's compare-and-swap waits, and then misses, instead of racing us.
    func lockedLocation(of table: TableName, in transaction: PostgresTransaction) async throws -> String? {
        try await location(of: table, suffix: " FOR UPDATE", run: transaction.query)
    }

    func location(of table: TableName, on client: PostgresClient) async throws -> String? {
        try await location(of: table, suffix: "", run: client.query)
    }

    /// Moves the pointer from one file to the next; false if it was not there any more.
    func move(
        _ table: TableName, from old: String, to new: String, in transaction: PostgresTransaction
    ) async throws -> Bool {
        let rows = try await transaction.query(
            """
            UPDATE iceberg_tables SET metadata_location = $1, previous_metadata_location = $2
            WHERE catalog_name = $3 AND table_namespace = $4 AND table_name = $5 AND metadata_location = $2
                AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)
            """, [.text(new), .text(old), .text(name), .text(table.namespace), .text(table.name)])
        return rows.affectedRowCount == 1
    }

    /// Adds a table; false if somebody else was quicker.
    func create(_ table: TableName, at location: String, in transaction: PostgresTransaction) async throws
        -> Bool
    {
        // PyIceberg and Java's strict mode ask for the namespace by this marker row.
        _ = try await transaction.query(
            """
            INSERT INTO iceberg_namespace_properties (catalog_name, namespace, property_key, property_value)
            VALUES ($1, $2, 'exists', 'true') ON CONFLICT DO NOTHING
            """, [.text(name), .text(table.namespace)])
        let rows = try await transaction.query(
            """
            INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location, iceberg_type)
            VALUES ($1, $2, $3, $4, 'TABLE') ON CONFLICT DO NOTHING
            """, [.text(name), .text(table.namespace), .text(table.name), .text(location)])
        return rows.affectedRowCount == 1
    }

    private func location(
        of table: TableName, suffix: String, run: (String, [PostgresValue]) async throws -> PostgresRows
    ) async throws -> String? {
        let rows = try await run(
            """
            SELECT metadata_location FROM iceberg_tables
            WHERE catalog_name = $1 AND table_namespace = $2 AND table_name = $3
                AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)
            """ + suffix, [.text(name), .text(table.namespace), .text(table.name)])
        return try rows.first?.optional("metadata_location", .string)
    }
}

/// `namespace.table` in an Iceberg catalog; the namespace's levels are parted by dots, so no level may hold one.
struct TableName: Sendable, Hashable {
    let namespace: String
    let name: String

    /// Splits at the last dot.
    init(_ text: String) throws {
        guard let dot = text.lastIndex(of: "."), dot > text.startIndex, text.index(after: dot) < text.endIndex
        else {
            throw OffloadError(
                .schemaMismatch, "`\(text)` is no Iceberg table name",
                hint: "write `target: namespace.table`, for instance cold.trades")
        }
        namespace = String(text[..<dot])
        name = String(text[text.index(after: dot)...])
    }
}
