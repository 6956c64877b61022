// A table of four windows of five rows that has stopped, as its witnesses tell it.
import Iceberg
import OffloadSimulation

@testable import OffloadCore

/// Windows end at 10, 20, 30 and 40; ledger and Iceberg table have all of them until a test says otherwise.
struct Stall {
    static let cursor = Cursor(column: "n", kind: .integer)
    static let uuid = "table"

    /// Windows 1 to n that the ledger has.
    var ledger = Array(1...4)
    var position: Int? = 40
    var knownUUID: String? = uuid
    /// Windows whose snapshots on `main` are not expired.
    var onMain = Array(1...4)
    /// The window that the properties name.
    var marked: Int? = 4
    var uuid = uuid
    /// Windows whose files are live.
    var live = Array(1...4)
    /// Whether one file of another writer has the rows of all live windows.
    var isCompacted = false
    var hasDeletes = false
    var hasLake = true
    var rivals: [String] = []
    /// Windows that ClickHouse still has the rows of.
    var source = Array(1...4)

    static func batch(_ number: Int) -> BatchID { BatchID("00000000-0000-0000-0000-00000000000\(number)") }

    static func value(_ ticks: Int) -> CursorValue { CursorValue(ticks: Int128(ticks)) }

    static func window(_ number: Int) -> CommittedWindow {
        CommittedWindow(
            batch: batch(number), low: number == 1 ? nil : value(number * 10 - 10), high: value(number * 10),
            rowCount: 5)
    }

    var recovery: Recovery {
        let world = SimulatedWorld(seed: 1)
        let rows = source.flatMap { number in (1...5).map { Int128(number * 10 - 10 + $0 * 2) } }
        world["db.t"] = SimulatedTable(
            cursor: Self.cursor, rows: rows.map { SimulatedRow(cursor: $0, id: Int64($0)) })
        return Recovery(
            Rehearsal.table(cursor: Self.cursor), watermark: watermark, windows: ledger.map(Self.window),
            lake: hasLake ? lake : nil, rivals: rivals, source: world.doors(of: "here:1").source)
    }

    private var watermark: Watermark {
        Watermark(
            table: "db.t", cursor: Self.cursor, position: position.map(Self.value),
            lastBatch: ledger.last.map { .init(id: Self.batch($0), high: Self.value($0 * 10)) },
            lakeUUID: knownUUID, observation: nil)
    }

    private var lake: LakeEvidence {
        let mark = LakeMark(
            propertyBatch: marked.map(Self.batch), propertyPosition: marked.map { Self.value($0 * 10) },
            propertyKind: .integer, propertyPreviousBatch: marked.map { Self.batch($0 - 1) },
            mainBatch: onMain.last.map(Self.batch),
            isPropertyBatchKnown: marked.map(onMain.contains) ?? false, isMainOlder: false)
        return LakeEvidence(
            table: LakeTable(
                name: "cold.t", uuid: uuid, dataFolder: "d", metadataFolder: "m",
                schema: Schema(schemaID: 0, fields: []), spec: PartitionSpec(specID: 0, fields: []),
                sortOrder: .unsorted, columns: [], mark: mark),
            metadataLocation: "m/1", windows: onMain.map(Self.window),
            knownBatches: Set(onMain.map(Self.batch)), files: files, hasDeletes: hasDeletes)
    }

    private var files: [LiveFile] {
        guard let last = live.last else { return [] }
        if isCompacted {
            return [
                LiveFile(
                    location: "d/compacted.parquet", rowCount: Int64(live.count * 5), batch: nil,
                    bounds: Self.value(2)...Self.value(last * 10))
            ]
        }
        return live.map { number in
            LiveFile(
                location: "d/\(Self.batch(number))-0.parquet", rowCount: 5, batch: Self.batch(number),
                bounds: Self.value(number * 10 - 8)...Self.value(number * 10))
        }
    }
}
