// Cutting what is new into windows: every row in exactly one, none across a partition, none too large.
import Iceberg
import OffloadSimulation
import Synchronization
import Testing

@testable import OffloadCore

@Suite struct PlannerTests {
    private static func bin(_ count: Int64, _ lowest: Int128, _ highest: Int128, _ partition: String = "")
        -> Bin
    {
        Bin(
            rowCount: count, lowest: CursorValue(ticks: lowest), highest: CursorValue(ticks: highest),
            partition: partition)
    }

    @Test(
        arguments: [
            ([], []),
            ([bin(5, 1, 4)], [5]),
            ([bin(5, 1, 4), bin(5, 6, 9)], [10]),
            ([bin(5, 1, 4), bin(6, 6, 9)], [5, 6]),
            ([bin(4, 1, 2), bin(4, 3, 4), bin(4, 5, 6), bin(4, 7, 8)], [8, 8]),
            ([bin(1, 1, 2, "a"), bin(1, 3, 4, "b"), bin(1, 5, 6, "b")], [1, 2]),
            ([bin(99, 1, 1), bin(1, 2, 2)], [99, 1]),
        ] as [([Bin], [Int64])])
    func binsArePackedUpToTheLimit(bins: [Bin], expected: [Int64]) {
        let windows = Planner.pack(bins, after: CursorValue(ticks: 0), rowCountMax: 10)
        #expect(windows.map(\.rowCount) == expected)
        #expect(
            windows.map(\.low) == [CursorValue(ticks: 0)] + windows.dropLast().map(\.high) || bins.isEmpty)
    }

    /// Rows in clusters of very different density, several with one cursor value, over some days.
    private static func rows(_ lots: inout SimulatedLots) -> [SimulatedRow] {
        let day: Int128 = 86_400_000
        var rows: [SimulatedRow] = []
        for _ in 0..<Int.random(in: 1...6, using: &lots) {
            let origin = Int128.random(in: -3 * day...3 * day, using: &lots)
            let spread = ([0, 10, 1_000, day] as [Int128]).randomElement(using: &lots) ?? 0
            for _ in 0..<Int.random(in: 1...80, using: &lots) {
                rows.append(
                    SimulatedRow(
                        cursor: origin + Int128.random(in: 0...spread, using: &lots), id: Int64(rows.count),
                        key: String(Int.random(in: 0...3, using: &lots))))
            }
        }
        return rows
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func windowsCoverEveryRowOnce(seed: UInt64) async throws {
        var lots = SimulatedLots(seed: seed)
        let rows = Self.rows(&lots)
        var rehearsal = Rehearsal(seed: seed, rows: rows)
        let rowCountMax = Int64.random(in: 1...40, using: &lots)
        rehearsal.definition.rowCountMax = rowCountMax
        rehearsal.definition.partitionBy = [
            .init(column: "ts", transform: "day"), .init(column: "key", transform: "bucket[2]"),
        ]
        let low = Bool.random(using: &lots) ? rows.randomElement(using: &lots)?.cursor : nil
        let windows = try await Self.windows(rehearsal, after: low)

        let new = rows.filter { row in low.map { row.cursor > $0 } ?? true }
        #expect(windows.reduce(0) { $0 + $1.rowCount } == Int64(new.count))
        #expect(windows.last?.high == new.map(\.cursor).max())
        var previous = low
        for window in windows {
            #expect(window.low == previous)
            let inside = new.filter { row in
                window.low.map { row.cursor > $0 } ?? true && row.cursor <= window.high
            }
            #expect(window.rowCount == Int64(inside.count) && !inside.isEmpty)
            let days = Set(inside.map { CivilTime.text(ticks: $0.cursor.ticks, digits: 3).prefix(10) })
            #expect(days.count == 1)
            #expect(window.rowCount <= rowCountMax || Set(inside.map(\.cursor)).count == 1)
            previous = window.high
        }
    }

    @Test func binThatHoldsTooManyRowsIsCountedAgainMoreFinely() async throws {
        let crowd = (0..<1_000).map { SimulatedRow(cursor: $0, id: Int64($0)) }
        var rehearsal = Rehearsal(rows: crowd + [SimulatedRow(cursor: 1_000_000_000_000, id: -1)])
        rehearsal.definition.rowCountMax = 100
        let histograms = Mutex(0)
        rehearsal.world.disturb { call in
            if call.name == .histogram, call.moment == .before { histograms.withLock { $0 += 1 } }
        }
        let windows = try await Self.windows(rehearsal, after: nil)
        #expect(histograms.withLock { $0 } == 2)
        #expect(windows.map(\.rowCount).reduce(0, +) == 1_001)
        #expect(windows.count <= 13 && windows.allSatisfy { $0.rowCount <= 100 })
    }

    @Test func rowsWithOneCursorValueStayTogether() async throws {
        var rehearsal = Rehearsal(
            rows: (0..<50).map { SimulatedRow(cursor: 7, id: $0) } + [SimulatedRow(cursor: 8, id: 50)])
        rehearsal.definition.rowCountMax = 10
        #expect(try await Self.windows(rehearsal, after: nil).map(\.rowCount) == [50, 1])
    }

    private static func windows(_ rehearsal: Rehearsal, after low: CursorValue?) async throws -> [Window] {
        let doors = rehearsal.world.doors()
        let definition = rehearsal.definition
        let described = try await doors.source.describe([definition])
        let table = try #require(described.tables[definition.source]).get()
        let lake = try await doors.lake.open(table, known: nil)
        let survey = try await doors.source.survey(table, after: low, through: nil)
        return try await Planner(source: doors.source, table: table)
            .windows(after: low, survey: survey, for: lake)
    }
}
