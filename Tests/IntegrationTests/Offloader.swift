// One process of the product: doors of its own onto a stage.
import ClickHouse
import Foundation
import ObjectStorage
import OffloadCore
import OffloadIO
import Postgres

struct Offloader: Sendable {
    /// A number that no process has: Linux gives at most 2^22.
    static let deadProcess = Holder(host: Holder.current.host, processID: 1 << 23)

    let doors: Doors
    var configuration = Cycle.Configuration()

    init(
        on stage: Stage, holder: Holder = .current, leaseLife: Duration = .seconds(60),
        postgres: PostgresClient? = nil, clickhouse: ClickHouseClient? = nil,
        clock: any Clock<Duration> = HastyClock(), mortality: Mortality? = nil
    ) throws {
        let client = try postgres ?? Testbed.postgres(database: stage.name)
        let files = WarehouseFiles(root: stage.warehouse, store: try LocalFolderStore(root: stage.warehouse))
        var settings = PostgresLedger.Configuration(holder: holder, catalogName: "lake")
        settings.leaseLife = leaseLife
        let living = Doors(
            source: ClickHouseSource(client: try clickhouse ?? Testbed.clickhouse()),
            lake: WarehouseLake(files: files, catalogName: "lake", client: client),
            ledger: PostgresLedger(settings, client: client, files: files), clock: clock,
            now: { Int64(Date().timeIntervalSince1970 * 1e6) })
        doors = mortality.map { living.witnessed(by: $0.witness) } ?? living
        configuration.run.reconcilesAlways = true
    }

    func cycle(_ tables: [TableDefinition], observer: @escaping RunObserver = { _, _ in }) async
        -> [TableReport]
    {
        await Cycle(tables, doors: doors, configuration: configuration, observer: observer).run().tables
    }
}

/// A clock on which every pause is a hundredth of what it was to be.
struct HastyClock: Clock {
    typealias Instant = ContinuousClock.Instant
    var now: Instant { ContinuousClock.now }
    var minimumResolution: Duration { ContinuousClock().minimumResolution }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await ContinuousClock().sleep(for: (deadline - now) / 100, tolerance: tolerance)
    }
}
