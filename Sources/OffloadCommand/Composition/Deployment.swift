// The composition root: one configuration's clients and doors, put together in one place.
import ClickHouse
import Foundation
import HTTPTransport
import ObjectStorage
import OffloadCore
import OffloadIO
import Postgres

/// Everything a command needs to reach the world. Making one opens no connection.
struct Deployment {
    let configuration: OffloadConfiguration
    let postgres: PostgresClient
    let clickhouse: ClickHouseClient
    let files: WarehouseFiles
    let source: ClickHouseSource
    let lake: WarehouseLake
    let ledger: PostgresLedger
    let holder = Holder.current
    private let witness: DoorWitness?

    /// - Parameter witness: is told of every call of a run; nil: nobody is.
    /// - Throws: `OffloadError` for a warehouse folder that cannot be used, or a URL that libpq does not read.
    init(_ configuration: OffloadConfiguration, witness: DoorWitness? = Failpoint.witness) throws {
        self.configuration = configuration
        self.witness = witness
        postgres = try Self.postgres(of: configuration)
        clickhouse = Self.clickhouse(of: configuration)
        source = ClickHouseSource(client: clickhouse)
        files = try Self.files(of: configuration, witness: witness)
        lake = WarehouseLake(files: files, catalogName: configuration.catalog.name, client: postgres)
        ledger = PostgresLedger(
            PostgresLedger.Configuration(holder: holder, catalogName: configuration.catalog.name),
            client: postgres,
            files: files)
    }

    var doors: Doors {
        let doors = Doors(source: source, lake: lake, ledger: ledger, now: Self.now)
        return witness.map(doors.witnessed) ?? doors
    }

    var observatory: ServerObservatory {
        ServerObservatory(client: postgres, source: source, files: files, holder: holder)
    }

    /// The wall clock, microseconds since 1970.
    @Sendable static func now() -> Int64 {
        Int64(Date().timeIntervalSince1970 * 1e6)
    }

    /// One connection for each table at work, and some for those who look on.
    private static func connectionCount(of configuration: OffloadConfiguration) -> Int {
        configuration.schedule.parallelTables + 4
    }

    static func postgres(of configuration: OffloadConfiguration) throws -> PostgresClient {
        do {
            return PostgresClient(
                try Postgres.PostgresConfiguration(
                    url: configuration.postgres.url, password: configuration.postgres.password?.reveal(),
                    connectionCountMax: connectionCount(of: configuration)))
        } catch let error as PostgresError {
            throw OffloadError(.ledgerUnavailable, error.description, underlying: error, hint: error.hint)
        }
    }

    static func clickhouse(of configuration: OffloadConfiguration) -> ClickHouseClient {
        var server = ClickHouseClient.Configuration(
            url: configuration.clickhouse.url, user: configuration.clickhouse.user,
            password: configuration.clickhouse.password?.reveal() ?? "")
        server.http.connectionCountMax = connectionCount(of: configuration)
        server.requestTimeout = configuration.schedule.tableTimeout
        return ClickHouseClient(server)
    }

    /// For commands that look on only: needs no warehouse, which may not be mounted where they run.
    ///
    /// - Parameter asksSource: false: the ledger alone is read.
    static func observatory(
        of configuration: OffloadConfiguration, asksSource: Bool = true
    ) throws -> ServerObservatory {
        ServerObservatory(
            client: try postgres(of: configuration),
            source: asksSource ? ClickHouseSource(client: clickhouse(of: configuration)) : nil,
            holder: .current)
    }

    static func files(
        of configuration: OffloadConfiguration, witness: DoorWitness? = nil
    ) throws -> WarehouseFiles {
        let root = String(configuration.warehouse.dropFirst("file://".count))
        do {
            let store = try LocalFolderStore(root: root)
            return WarehouseFiles(
                root: root, store: witness.map { WitnessedStore(store, witness: $0) } ?? store)
        } catch let error as ObjectStorageError {
            throw OffloadError(
                .lakeUnavailable, "the warehouse folder cannot be used: \(error.message)",
                context: ["folder": root], underlying: error,
                hint: error.hint ?? "create \(root) and let this user write to it")
        }
    }
}
