// What a seed decides before its trial begins: tables, processes, schedule, and which deeds of others may happen.
import OffloadCore

struct TrialPlan: Sendable {
    /// A table to be, and how its rows arrive.
    struct Table: Sendable {
        var definition: TableDefinition
        let cursor: Cursor
        /// The chance of new rows in a slot, and how many there may be.
        let chance: Double
        let rowCountMax: Int
        let isLate: Bool
    }

    static let interval = Duration.seconds(900)

    let tables: [Table]
    let processCount: Int
    /// A scheduler's pauses and the life of its lease: coarse, so that a simulated year does not take one.
    let tick: Duration
    let leaseLife: Duration
    let deeds: [Deed]
    /// The chance of a deed in a slot.
    let deedChance: Double

    init(seed: UInt64) {
        var lots = SimulatedLots(seed: seed ^ 0x91A4)
        tables = (0..<[1, 1, 1, 2].drawn(&lots)).map { Self.table($0, &lots) }
        processCount = [1, 1, 2, 3].drawn(&lots)
        (tick, leaseLife) =
            seed % 1_024 == 64
            ? (.seconds(5), .seconds(60)) : (.seconds(900), .seconds([1_800, 3_600].drawn(&lots)))
        deeds = Deed.allCases.filter { _ in Bool.random(using: &lots) }
        deedChance = [0.005, 0.02, 0.1].drawn(&lots)
    }

    private static func table(_ number: Int, _ lots: inout SimulatedLots) -> Table {
        let cursor =
            Int.random(in: 0..<3, using: &lots) == 0
            ? Cursor(column: "n", kind: .integer)
            : Cursor(column: "ts", kind: .time(digits: [0, 3, 3, 6].drawn(&lots)))
        var definition = TableDefinition(
            source: "db.t\(number)", target: "cold.t\(number)", cursor: cursor.column)
        definition.settle = .seconds([60, 300, 300].drawn(&lots))
        definition.rowCountMax = [1, 3, 10, 50].drawn(&lots)
        definition.partitionBy =
            switch Int.random(in: 0..<4, using: &lots) {
            case 0: [.init(column: "id", transform: "bucket[3]")]
            case 1 where cursor.kind != .integer: [.init(column: cursor.column, transform: "day")]
            default: []
            }
        return Table(
            definition: definition, cursor: cursor, chance: [0.03, 0.1, 0.3].drawn(&lots),
            rowCountMax: [1, 3, 12].drawn(&lots), isLate: Bool.random(using: &lots))
    }
}

extension Array {
    /// One of them, by lot.
    func drawn(_ lots: inout SimulatedLots) -> Element {
        self[Int.random(in: indices, using: &lots)]
    }
}
