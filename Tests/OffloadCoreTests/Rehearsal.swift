// One table in a simulated world, and what its runs tell.
import Iceberg
import OffloadSimulation
import Synchronization
import Testing

@testable import OffloadCore

/// A table `db.t` with a millisecond cursor `ts`, unless told otherwise.
struct Rehearsal {
    static let milliseconds = Cursor(column: "ts", kind: .time(digits: 3))
    static let integer = Cursor(column: "n", kind: .integer)

    let world: SimulatedWorld
    let journal = Journal()
    var definition: TableDefinition
    var configuration = TableRun.Configuration()

    init(seed: UInt64 = 1, name: String = "t", cursor: Cursor = milliseconds, rows: [SimulatedRow] = []) {
        self.init(in: SimulatedWorld(seed: seed), name: name, cursor: cursor, rows: rows)
    }

    init(
        in world: SimulatedWorld, name: String, cursor: Cursor = milliseconds, rows: [SimulatedRow] = []
    ) {
        self.world = world
        definition = TableDefinition(source: "db.\(name)", target: "cold.\(name)", cursor: cursor.column)
        world[definition.source] = SimulatedTable(cursor: cursor, rows: rows)
    }

    /// A described table without a world.
    static func table(cursor: Cursor, start: String? = nil) -> SourceTable {
        var definition = TableDefinition(source: "db.t", target: "cold.t", cursor: cursor.column)
        definition.start = start
        return SourceTable(definition: definition, columns: [], cursor: cursor)
    }

    /// Rows that were made so many seconds before the simulation began.
    static func rows(_ ages: some Sequence<Int>, firstID: Int64 = 1) -> [SimulatedRow] {
        ages.enumerated().map { index, age in
            SimulatedRow(
                cursor: Int128(SimulatedWorld.startMicroseconds / 1_000 - Int64(age) * 1_000),
                id: firstID + Int64(index))
        }
    }

    /// One turn.
    ///
    /// - Parameter sourceMicroseconds: the source's clock; nil: as the world's.
    func run(as process: String = "here:1", sourceMicroseconds: Int64? = nil) async throws -> TableReport {
        let doors = world.doors(of: process)
        let description = try await doors.source.describe([definition])
        let described = try #require(description.tables[definition.source])
        let instant = sourceMicroseconds ?? description.microseconds
        return await TableRun(
            definition, described: described, sourceNow: { instant }, doors: doors,
            configuration: configuration
        ) { journal.note($1) }.run()
    }

    func status() async throws -> TableStatus {
        let observatory = SimulatedObservatory(world: world, process: "onlooker:1")
        return try #require(try await observatory.tables([definition]).first)
    }

    /// What the lake holds, by id.
    func lakeIDs() throws -> [Int64] {
        try world.lakeRows(of: definition.target).map(\.id).sorted()
    }

    /// Whether a rival would get the turn at once.
    func isFree() async throws -> Bool {
        guard case .granted(let turn) = try await world.doors(of: "rival:1").ledger.begin(definition) else {
            return false
        }
        try await world.doors(of: "rival:1").ledger.end(turn, .success(rowCount: 0, seconds: 0))
        return true
    }
}

/// What happened, in short words.
final class Journal: Sendable {
    private let notes = Mutex<[String]>([])

    var entries: [String] { notes.withLock { $0 } }

    func note(_ text: String) {
        notes.withLock { $0.append(text) }
    }

    func note(_ event: RunEvent) {
        switch event {
        case .started: note("started")
        case .sweptStrays(let count): note("swept \(count)")
        case .repaired: note("repaired")
        case .planned(let windowCount, let rowCount, _): note("planned \(windowCount) of \(rowCount)")
        case .committed(_, let receipt, _, _): note("committed \(receipt.rowCount)")
        case .retrying(let error, let attempt): note("retrying \(error.code) \(attempt)")
        case .heartbeat: note("heartbeat")
        }
    }
}

/// A failure to throw from a disturbance.
func failure(_ code: OffloadError.Code, isRetryable: Bool = false) -> OffloadError {
    OffloadError(code, "disturbed", isRetryable: isRetryable)
}

func expectCode(
    _ code: OffloadError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    #expect(sourceLocation: sourceLocation) {
        try body()
    } throws: { error in
        (error as? OffloadError)?.code == code
    }
}
