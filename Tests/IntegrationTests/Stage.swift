// One test's own stage: a ClickHouse database, a PostgreSQL database with the ledger, a warehouse folder.
import ClickHouse
import Foundation
import Iceberg
import OffloadCore
import OffloadIO
import Postgres
import Testing

struct Stage: Sendable {
    let name: String
    let clickhouse: ClickHouseClient
    let postgres: PostgresClient
    let warehouse: String

    /// Sets up a stage, runs `body` and clears everything away.
    ///
    /// - Parameter folder: the warehouse; nil: a new folder in the testbed's.
    static func run(
        isMigrated: Bool = true, folder: String? = nil, _ body: (Stage) async throws -> Void
    ) async throws {
        await Testbed.places.take()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await set(isMigrated: isMigrated, folder: folder, body))
        } catch {
            outcome = .failure(error)
        }
        await Testbed.places.giveBack()
        try outcome.get()
    }

    private static func set(
        isMigrated: Bool, folder: String?, _ body: (Stage) async throws -> Void
    ) async throws {
        let name = "t" + UUID().uuidString.prefix(13).replacing("-", with: "").lowercased()
        let stage = Stage(
            name: name, clickhouse: try Testbed.clickhouse(), postgres: try Testbed.postgres(database: name),
            warehouse: try folder ?? Testbed.variable("OFFLOAD_WAREHOUSE") + "/" + name)
        let server = try Testbed.postgres(database: try Testbed.variable("PGDATABASE"))
        try FileManager.default.createDirectory(atPath: stage.warehouse, withIntermediateDirectories: true)
        _ = try await server.query("CREATE DATABASE \(name)")
        try await stage.clickhouse.execute("CREATE DATABASE \(name)")
        let outcome: Result<Void, any Error>
        do {
            if isMigrated { _ = try await Migrator(client: stage.postgres).migrate() }
            outcome = .success(try await body(stage))
        } catch {
            outcome = .failure(error)
        }
        _ = try await server.query("DROP DATABASE \(name) WITH (FORCE)")
        try await stage.clickhouse.execute("DROP DATABASE \(name) SYNC")
        try FileManager.default.removeItem(atPath: stage.warehouse)
        try outcome.get()
    }

    // MARK: Source

    /// Makes a source table whose rows settle at once, so that a cycle takes all there are.
    func table(
        _ columns: String, named table: String = "events", cursor: String = "at",
        engine: String = "MergeTree ORDER BY tuple()"
    ) async throws -> TableDefinition {
        try await clickhouse.execute("CREATE TABLE \(name).\(table) (\(columns)) ENGINE = \(engine)")
        var definition = TableDefinition(source: "\(name).\(table)", target: "cold.\(table)", cursor: cursor)
        definition.settle = .zero
        return definition
    }

    /// A table of `id` and `at`, one row a second from 2026-01-01 on.
    func events(_ count: Int, named table: String = "events") async throws -> TableDefinition {
        let definition = try await self.table("id UInt32, at DateTime64(6, 'UTC')", named: table)
        try await addEvents(0..<count, to: definition)
        return definition
    }

    func addEvents(_ ids: Range<Int>, to table: TableDefinition) async throws {
        let start = "toDateTime64('2026-01-01 00:00:00', 6, 'UTC')"
        try await insert(
            table,
            "SELECT number + \(ids.lowerBound) AS n, \(start) + toIntervalSecond(n) FROM numbers(\(ids.count))"
        )
    }

    func insert(_ table: TableDefinition, _ rows: String) async throws {
        try await clickhouse.execute("INSERT INTO \(table.source) \(rows)")
    }

    // MARK: Offloading

    /// A cycle of a process of its own.
    func cycle(_ tables: TableDefinition...) async throws -> [TableReport] {
        try await Offloader(on: self).cycle(tables)
    }

    /// A cycle that has to succeed.
    @discardableResult
    func offload(_ table: TableDefinition) async throws -> TableReport {
        let report = try #require(try await cycle(table).first)
        if let error = report.error { throw error }
        return report
    }

    /// The failure of a cycle that has to fail.
    func failure(
        of table: TableDefinition, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> OffloadError {
        try #require(try await cycle(table).first?.error, sourceLocation: sourceLocation)
    }

    // MARK: Ledger

    /// The first row of a query, joined by spaces.
    func ledger(_ sql: String) async throws -> String {
        try await postgres.query("SELECT concat_ws(' ', \(sql))").first?.string("concat_ws") ?? ""
    }

    func metadata(of table: TableDefinition) async throws -> TableMetadata {
        let file = try await metadataFile(of: table)
        return try TableMetadata(parsing: Array(try Data(contentsOf: URL(fileURLWithPath: file))))
    }

    func metadataFile(of table: TableDefinition) async throws -> String {
        let names = table.target.split(separator: ".")
        let rows = try await postgres.query(
            "SELECT metadata_location FROM iceberg_tables WHERE table_namespace = $1 AND table_name = $2",
            names.map { .text(String($0)) })
        let location = try #require(rows.first).string("metadata_location")
        return "/" + location.drop { $0 != "/" }.drop { $0 == "/" }
    }
}
