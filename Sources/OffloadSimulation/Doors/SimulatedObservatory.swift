// The onlooker's door in memory.
import OffloadCore

/// Where tables stand by the books, and what the source has beyond that.
public struct SimulatedObservatory: Observatory {
    private let world: SimulatedWorld
    private let process: String

    public init(world: SimulatedWorld, process: String) {
        self.world = world
        self.process = process
    }

    public func tables(_ definitions: [TableDefinition]) async throws -> [TableStatus] {
        world.withState { state in definitions.map { status(of: $0, state) } }
    }

    public func cycles(newest count: Int) async throws -> [CycleRecord] {
        world.withState { $0.cycles.suffix(count).reversed() }
    }

    public func record(_ report: CycleReport) async throws {
        let record = CycleRecord(
            startedAtMicroseconds: report.startedAtMicroseconds, seconds: report.duration.inSeconds,
            status: report.status, holder: process, tableCount: Int64(report.tables.count),
            failedCount: Int64(report.failures.count), rowCount: report.rowCount)
        world.withState { $0.cycles.append(record) }
    }

    public func freeSpace() async throws -> Int64? { nil }

    private func status(of definition: TableDefinition, _ state: SimulatedWorld.State) -> TableStatus {
        let entry = state.books.entries[definition.source]
        let source = state.tables[definition.source]
        let cursor = source?.cursor
        let pending = source.map { source in
            source.rows(after: entry?.position, through: nil, of: entry?.cursor ?? source.cursor)
                .compactMap { try? source.inTicks($0.cursor, of: source.cursor) }
        }
        return TableStatus(
            table: definition.source, layer: definition.layer, target: definition.target,
            settle: definition.settle, state: entry?.state,
            watermark: entry?.position.flatMap { entry?.cursor?.text($0) },
            watermarkMicroseconds: entry?.position.flatMap { entry?.cursor?.microseconds($0) },
            lastSuccessMicroseconds: entry?.lastSuccessMicroseconds, failureCount: entry?.failureCount ?? 0,
            lastError: entry?.lastError, lastRowCount: entry?.lastRowCount ?? 0,
            lastDurationSeconds: entry?.lastDurationSeconds, pendingRowCount: pending.map { Int64($0.count) },
            newestMicroseconds: pending?.max().flatMap { cursor?.microseconds($0) },
            oldestPendingMicroseconds: pending?.min().flatMap { cursor?.microseconds($0) },
            pendingExpiryMicroseconds: nil)
    }
}
