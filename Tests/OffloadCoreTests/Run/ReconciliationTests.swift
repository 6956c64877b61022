// Watermark, ledger and Iceberg table: every way in which they can agree or differ.
import Iceberg
import Testing

@testable import OffloadCore

@Suite struct ReconciliationTests {
    private static let old = BatchID("00000000-0000-0000-0000-000000000001")
    private static let last = BatchID("00000000-0000-0000-0000-000000000002")
    private static let next = BatchID("00000000-0000-0000-0000-000000000003")

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The ledger's last batch, and the watermark's position; its window ended at 20.
        var batch: BatchID?
        var position: Int128? = 20
        var knownUUID: String? = "table"
        /// What the Iceberg table says.
        var property: BatchID?
        var propertyPosition: Int128? = 20
        var previous: BatchID?
        var main: BatchID?
        var isKnown = true
        var isMainOlder = false
        let expected: Expected
    }

    enum Expected: Sendable, Equatable {
        case consistent
        case repair(to: Int128, batch: BatchID)
        case stop(OffloadError.Code)
    }

    static let cases = [
        Case(testDescription: "both new", position: nil, knownUUID: nil, expected: .consistent),
        Case(
            testDescription: "both know the last batch", batch: last, property: last, previous: old,
            main: last, expected: .consistent),
        Case(
            testDescription: "our snapshots have all been expired", batch: last, property: last,
            main: nil, isKnown: false, expected: .consistent),
        Case(
            testDescription: "main was rolled back, and the last batch expired then", batch: last,
            property: last, main: old, isKnown: false, expected: .stop(.lakeTableRolledBack)),
        Case(
            testDescription: "main was rolled back to a compaction whose parents are expired", batch: last,
            property: last, main: nil, expected: .stop(.lakeTableRolledBack)),
        Case(
            testDescription: "the same, and the last batch expired then", batch: last, property: last,
            main: nil, isKnown: false, isMainOlder: true, expected: .stop(.lakeTableRolledBack)),
        Case(
            testDescription: "main was rolled back", batch: last, property: last, main: old,
            expected: .stop(.lakeTableRolledBack)),
        Case(
            testDescription: "the position was changed by hand", batch: last, position: 5, property: last,
            main: last, expected: .repair(to: 20, batch: last)),
        Case(
            testDescription: "the position was taken away by hand", batch: last, position: nil,
            property: last, main: last, expected: .repair(to: 20, batch: last)),
        Case(
            testDescription: "the table is one window ahead", batch: last, property: next,
            propertyPosition: 30, previous: last, main: next, expected: .repair(to: 30, batch: next)),
        Case(
            testDescription: "the table is two windows ahead", batch: old, property: next,
            propertyPosition: 30, previous: last, main: next, expected: .stop(.ledgerDisagrees)),
        Case(
            testDescription: "the table is ahead, but main is elsewhere", batch: last, property: next,
            propertyPosition: 30, previous: last, main: last, expected: .stop(.ledgerDisagrees)),
        Case(
            testDescription: "the table is ahead, but does not say where", batch: last, property: next,
            propertyPosition: nil, previous: last, main: next, expected: .stop(.ledgerDisagrees)),
        Case(
            testDescription: "the table is behind", batch: last, property: old, main: old,
            expected: .stop(.ledgerDisagrees)),
        Case(
            testDescription: "the table has lost its mark", batch: last, property: nil, main: nil,
            expected: .stop(.ledgerDisagrees)),
        Case(
            testDescription: "another ledger wrote to the table", position: nil, knownUUID: nil,
            property: last, main: last, expected: .stop(.ledgerDisagrees)),
        Case(
            testDescription: "the table was made anew", batch: last, knownUUID: "former", property: nil,
            main: nil, expected: .stop(.lakeTableReplaced)),
    ]

    @Test(arguments: cases)
    func differencesAreMendedOrStopTheTable(_ one: Case) {
        let watermark = Watermark(
            table: "db.t", cursor: Rehearsal.milliseconds,
            position: one.position.map(CursorValue.init(ticks:)),
            lastBatch: one.batch.map { .init(id: $0, high: CursorValue(ticks: 20)) },
            lakeUUID: one.knownUUID, observation: nil)
        let mark = LakeMark(
            propertyBatch: one.property,
            propertyPosition: one.property == nil ? nil : one.propertyPosition.map(CursorValue.init(ticks:)),
            propertyKind: nil, propertyPreviousBatch: one.previous, mainBatch: one.main,
            isPropertyBatchKnown: one.property != nil && one.isKnown, isMainOlder: one.isMainOlder)
        let lake = LakeTable(
            name: "cold.t", uuid: "table", dataFolder: "d", metadataFolder: "m",
            schema: Schema(schemaID: 0, fields: []), spec: PartitionSpec(specID: 0, fields: []),
            sortOrder: .unsorted, columns: [], mark: mark)
        switch Reconciliation.decide(watermark, lake) {
        case .consistent: #expect(one.expected == .consistent)
        case .repair(let position, let cursor, let batch, _):
            #expect(cursor == Rehearsal.milliseconds)
            #expect(one.expected == .repair(to: position.ticks, batch: batch))
        case .stop(let code, _, let hint):
            #expect(one.expected == .stop(code))
            #expect(!hint.isEmpty)
        }
    }
}
