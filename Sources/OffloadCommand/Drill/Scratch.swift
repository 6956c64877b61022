// The table that a drill plays with: made for it in ClickHouse, offloaded like any other, and removed without a trace.
import ClickHouse
import Foundation
import OffloadCore
import OffloadIO
import Postgres

/// A source table of its own, and all that offloading it leaves behind.
struct Scratch {
    static let rowCount: Int64 = 4_000

    let definition: TableDefinition
    private let clickhouse: ClickHouseClient
    private let postgres: PostgresClient
    private let catalogName: String
    private let folder: String

    /// - Parameter name: `database.table` in ClickHouse; the Iceberg table gets the same name.
    init(_ name: String, in deployment: Deployment) {
        var definition = TableDefinition(source: name, target: name, cursor: "at")
        definition.settle = .zero
        // Several windows, in two partitions: two days, and in each day two windows.
        definition.rowCountMax = Self.rowCount / 4
        definition.partitionBy = [.init(column: "at", transform: "day")]
        definition.verification = .hash
        self.definition = definition
        clickhouse = deployment.clickhouse
        postgres = deployment.postgres
        catalogName = deployment.configuration.catalog.name
        folder = deployment.files.root + "/" + name.replacing(".", with: "/")
    }

    /// A name that no other drill has.
    static func freshName(in database: String) -> String {
        "\(database).offload_drill_\(UUID.fresh().uuidString.prefix(8).lowercased())"
    }

    /// Makes the source with its rows, one every 43.2 seconds over two days.
    ///
    /// - Throws: `sourceRefused` if the configured user may not create tables.
    func create() async throws {
        let table = try QualifiedTableName(definition.source).sql
        try await tried("needs CREATE TABLE, INSERT, SELECT and DROP TABLE in that database") {
            try await clickhouse.execute(
                "CREATE TABLE \(table) (number UInt64, at DateTime64(3, 'UTC'), word String) "
                    + "ENGINE = MergeTree ORDER BY at")
            try await clickhouse.execute(
                """
                INSERT INTO \(table) SELECT number, toDateTime64('2026-01-01 00:00:00', 3, 'UTC') +
                    toIntervalMillisecond(number * 43200), hex(cityHash64(number)) FROM numbers(\(Self.rowCount))
                """)
        }
    }

    /// Data files in the table's folder that are none of the live ones.
    func strayFiles(beside live: [String]) -> [String] {
        let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        let strays = files.filter { file in
            file.hasSuffix(".parquet") && !live.contains { $0.hasSuffix(file) }
        }
        return strays.map { "\($0) lies about" }
    }

    /// Takes everything away again: source, pointer, books, files.
    func remove() async throws {
        let table = try QualifiedTableName(definition.source).sql
        try await tried("drop the table by hand") {
            try await clickhouse.execute("DROP TABLE IF EXISTS \(table) SYNC")
        }
        let name = PostgresValue.text(definition.source)
        try await postgres.transaction { transaction in
            for statement in [
                "DELETE FROM offload_files WHERE batch_id IN (SELECT batch_id FROM offload_batches WHERE table_name = $1)",
                "DELETE FROM offload_batches WHERE table_name = $1",
                "DELETE FROM offload_watermark_history WHERE table_name = $1",
                "DELETE FROM offload_watermarks WHERE table_name = $1",
                "DELETE FROM offload_leases WHERE name = 'table:' || $1",
            ] {
                _ = try await transaction.query(statement, [name])
            }
            _ = try await transaction.query(
                "DELETE FROM iceberg_tables WHERE catalog_name = $2 AND table_namespace || '.' || table_name = $1",
                [name, .text(catalogName)])
        }
        if FileManager.default.fileExists(atPath: folder) {
            try FileManager.default.removeItem(atPath: folder)
        }
    }

    private func tried(_ hint: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ClickHouseError {
            throw OffloadError(
                .sourceRefused, "the drill's own table: \(error.message)", table: definition.source,
                underlying: error, hint: "the user of the clickhouse section \(hint)")
        }
    }
}
