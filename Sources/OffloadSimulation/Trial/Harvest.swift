// New rows: they get their cursor when they are made, and some are seen only later, within the time to settle.
import OffloadCore

/// Makes the rows of one table. A value: same seed, same rows.
struct Harvest: Sendable {
    /// The unit that all rows of time cursors are written in.
    static let finestDigits = 6

    private let plan: TrialPlan.Table
    private var lots: SimulatedLots
    private var lastNumber: Int64 = 0

    init(_ plan: TrialPlan.Table, seed: UInt64) {
        self.plan = plan
        lots = SimulatedLots(seed: seed)
    }

    /// Rows that are seen after a delay.
    typealias Crop = (rows: [SimulatedRow], delay: Duration)

    /// The rows of one moment; those that are seen late have the older cursors.
    ///
    /// - Parameters:
    ///   - microseconds: of the wall clock, since 1970.
    ///   - cursor: as the table has it today.
    mutating func reap(atMicroseconds microseconds: Int64, cursor: Cursor) -> [Crop] {
        guard Double.random(in: 0..<1, using: &lots) < plan.chance else { return [] }
        let count = Int.random(in: 1...plan.rowCountMax, using: &lots)
        let isTied = Bool.random(using: &lots)
        let first = lastNumber + 1
        let rows = (0..<count).map { number in
            lastNumber += 1
            let tick =
                switch cursor.kind {
                case .integer: Int128(isTied ? first : lastNumber)
                case .time(let digits):
                    Self.floored(microseconds + (isTied ? 0 : Int64(number) * 400_000), digits: digits)
                }
            return SimulatedRow(cursor: tick, id: lastNumber, key: ["a", "b", ""].drawn(&lots))
        }
        guard plan.isLate, Bool.random(using: &lots) else { return [(rows, .zero)] }
        // Two seconds short of the limit: a cursor in whole seconds is up to one older than its row.
        let latest = plan.definition.settle.components.seconds - 2
        let delay = Duration.seconds(Int64.random(in: 1...latest, using: &lots))
        let lateCount = Int.random(in: 1...count, using: &lots)
        return [(Array(rows.prefix(lateCount)), delay), (Array(rows.dropFirst(lateCount)), .zero)]
    }

    private static func floored(_ microseconds: Int64, digits: Int) -> Int128 {
        let unit = (digits..<finestDigits).reduce(Int64(1)) { product, _ in product * 10 }
        return Int128(microseconds / unit * unit)
    }
}
