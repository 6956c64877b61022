// The lake in memory: tables with their snapshots and branches, and files with their rows.
import Iceberg
import OffloadCore

/// One commit of a simulated Iceberg table.
public struct SimulatedSnapshot: Sendable, Hashable {
    /// Grows with every commit to the table, as sequence numbers do.
    public let id: Int64
    public let parent: Int64?
    /// The batch that its summary names; nil: another writer's.
    public let batch: BatchID?
    /// The data files it added.
    public let files: [String]
    /// All data files that its readers read.
    public let liveFiles: [String]
}

/// What the warehouse and the Iceberg catalog hold. A value: the rules without any waiting.
struct LakeShelf: Sendable {
    struct Mark: Sendable {
        let batch: BatchID
        let position: CursorValue
        let kind: Cursor.Kind
        let previous: BatchID?
        let sequenceNumber: Int64
    }

    struct Table: Sendable {
        let uuid: String
        var schema: Schema
        let spec: PartitionSpec
        /// All that are not expired, on `main` or not.
        var snapshots: [Int64: SimulatedSnapshot] = [:]
        var main: Int64?
        /// Heads of the other branches.
        var branches: [String: Int64] = [:]
        var snapshotCount: Int64 = 0
        /// What our newest commit left in the table's properties.
        var mark: Mark?

        var mainSnapshot: SimulatedSnapshot? { main.flatMap { snapshots[$0] } }

        /// `main` and its ancestors as far as they are known, the newest first.
        var ancestry: UnfoldSequence<SimulatedSnapshot, SimulatedSnapshot?> {
            sequence(state: mainSnapshot) { next in
                defer { next = next?.parent.flatMap { snapshots[$0] } }
                return next
            }
        }

        /// What the real lake reads from properties and summaries.
        var lakeMark: LakeMark {
            let mainBatch = ancestry.first { $0.batch != nil }?.batch
            return LakeMark(
                propertyBatch: mark?.batch, propertyPosition: mark?.position, propertyKind: mark?.kind,
                propertyPreviousBatch: mark?.previous, mainBatch: mainBatch,
                isPropertyBatchKnown: mark.map { mark in
                    mark.batch == mainBatch || snapshots.values.contains { $0.batch == mark.batch }
                } ?? false, isMainOlder: (main ?? 0) < mark?.sequenceNumber ?? 0)
        }

        /// A new snapshot behind `main`, which is not moved yet.
        mutating func snapshot(
            batch: BatchID?, adding files: [String], to kept: [String]
        ) -> SimulatedSnapshot {
            snapshotCount += 1
            let snapshot = SimulatedSnapshot(
                id: snapshotCount, parent: main, batch: batch, files: files, liveFiles: kept + files)
            snapshots[snapshot.id] = snapshot
            return snapshot
        }
    }

    /// By target.
    var tables: [String: Table] = [:]
    /// Rows by location; nil while a file is being written.
    var files: [String: [SimulatedRow]?] = [:]
    private var tableCount = 0

    init() {}

    mutating func open(_ table: SourceTable, known uuid: String?) throws -> LakeTable {
        let name = table.definition.target
        guard tables[name] != nil || uuid == nil else {
            throw OffloadError(.lakeTableMissing, "the Iceberg table \(name) is gone", table: table.name)
        }
        let found = try tables[name] ?? create(table)
        tables[name] = found
        return LakeTable(
            name: name, uuid: found.uuid, dataFolder: "memory:/\(name)/data",
            metadataFolder: "memory:/\(name)/metadata", schema: found.schema, spec: found.spec,
            sortOrder: .unsorted,
            columns: try table.columns.map { column in
                guard let field = found.schema.fields.first(where: { $0.name == column.name }) else {
                    throw OffloadError(
                        .schemaMismatch, "the Iceberg table has no column `\(column.name)`", table: table.name
                    )
                }
                return LakeColumn(source: column, field: field)
            }, mark: found.lakeMark)
    }

    private mutating func create(_ table: SourceTable) throws -> Table {
        tableCount += 1
        let schema = Schema.assigningFreshIDs(
            to: table.columns.map { NestedField(id: 0, name: $0.name, isRequired: false, type: $0.type) })
        return Table(
            uuid: "table-\(tableCount)", schema: schema,
            spec: try PartitionSpec(
                dividing: schema,
                by: table.definition.partitionBy.map { ($0.column, Transform($0.transform)) }))
    }

    /// Adds a snapshot of the batch's files to `main`.
    ///
    /// - Throws: `lakeTableMissing`, `lakeTableReplaced`, or how ledger and table differ.
    mutating func append(
        _ staged: StagedBatch, of source: SourceTable, to lake: LakeTable, behind watermark: Watermark
    ) throws -> SimulatedSnapshot {
        guard var table = tables[lake.name] else {
            throw OffloadError(.lakeTableMissing, "the Iceberg table \(lake.name) was dropped")
        }
        guard table.uuid == lake.uuid else {
            throw OffloadError(.lakeTableReplaced, "the Iceberg table \(lake.name) was replaced")
        }
        try Reconciliation.require(watermark, lake, mark: table.lakeMark)
        let snapshot = table.snapshot(
            batch: staged.trace.id, adding: staged.files.map(\.filePath),
            to: table.mainSnapshot?.liveFiles ?? [])
        table.main = snapshot.id
        table.mark = Mark(
            batch: staged.trace.id, position: staged.window.high, kind: source.cursor.kind,
            previous: watermark.lastBatch?.id, sequenceNumber: snapshot.id)
        tables[lake.name] = table
        return snapshot
    }
}
