// Looks at all configured tables of a ClickHouse server with two queries, however many tables there are.
import ClickHouse
import OffloadCore

struct TableCatalog {
    struct Description {
        let microseconds: Int64
        let shapes: [String: Result<TableShape, OffloadError>]
    }

    let client: ClickHouseClient

    func describe(_ definitions: [TableDefinition]) async throws -> Description {
        let info = try await client.serverInfo()
        var names: [String: QualifiedTableName] = [:]
        for definition in definitions {
            names[definition.source] = try? QualifiedTableName(definition.source)
        }
        let columns = try await columns(of: Array(Set(names.values)))
        let server = ColumnMapping.Server(writesUUID: Self.isAtLeast(info.version, 26, 4))
        var shapes: [String: Result<TableShape, OffloadError>] = [:]
        for definition in definitions {
            shapes[definition.source] = Self.shape(
                of: definition, named: names[definition.source], columns, server)
        }
        return Description(microseconds: info.microsecondsSinceEpoch, shapes: shapes)
    }

    private static func shape(
        of definition: TableDefinition, named name: QualifiedTableName?,
        _ columns: [QualifiedTableName: [(name: String, type: String)]], _ server: ColumnMapping.Server
    ) -> Result<TableShape, OffloadError> {
        guard let name, let rows = columns[name], !rows.isEmpty else {
            return .failure(
                OffloadError(
                    .sourceTableMissing, "ClickHouse has no such table, or the user may not see it",
                    table: definition.source,
                    hint:
                        "check `source: database.table` and GRANT SELECT for the user of the clickhouse section"
                ))
        }
        do {
            return .success(try TableShape(definition, name: name, rows: rows, server: server))
        } catch {
            return .failure(
                .wrapping(
                    ClickHouseFailure.translate(error, table: definition.source), table: definition.source))
        }
    }

    /// Columns that a SELECT gives: ALIAS columns are computed and EPHEMERAL ones have no value.
    private func columns(
        of tables: [QualifiedTableName]
    ) async throws -> [QualifiedTableName: [(name: String, type: String)]] {
        guard !tables.isEmpty else { return [:] }
        let pairs = tables.map { table in
            "(\(table.database.map(quoteLiteral) ?? "currentDatabase()"), \(quoteLiteral(table.table)))"
        }
        let rows = try await client.rows(
            """
            SELECT database, table, name, type FROM system.columns
            WHERE (database, table) IN (\(pairs.joined(separator: ", "))) AND default_kind NOT IN ('ALIAS', 'EPHEMERAL')
            ORDER BY database, table, position
            """)
        var result: [QualifiedTableName: [(name: String, type: String)]] = [:]
        for row in rows {
            guard row.count == 4, let database = row[0], let table = row[1], let name = row[2],
                let type = row[3]
            else { continue }
            result[QualifiedTableName(database: database, table: table), default: []].append((name, type))
        }
        return result
    }

    static func isAtLeast(_ version: String, _ major: Int, _ minor: Int) -> Bool {
        let parts = version.split(separator: ".").compactMap { Int($0) }
        guard parts.count >= 2 else { return false }
        return (parts[0], parts[1]) >= (major, minor)
    }
}
