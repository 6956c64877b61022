// The lake in memory: tables with their snapshots, and files with their rows.
import Iceberg
import OffloadCore

/// One commit of a simulated Iceberg table.
public struct SimulatedSnapshot: Sendable, Hashable {
    public let id: Int64
    public let batch: BatchID
    /// The data files it added.
    public let files: [String]
}

/// What the warehouse and the Iceberg catalog hold. A value: the rules without any waiting.
struct LakeShelf: Sendable {
    struct Table: Sendable {
        let uuid: String
        let schema: Schema
        let spec: PartitionSpec
        /// The main branch, oldest first.
        var snapshots: [SimulatedSnapshot] = []
        /// The newest batch with the window's end, and the batch before it, as the table's properties name them.
        var mark: (batch: BatchID, position: CursorValue, previous: BatchID?)?
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
            columns: zip(table.columns, found.schema.fields).map(LakeColumn.init(source:field:)),
            mark: LakeMark(
                propertyBatch: found.mark?.batch, propertyPosition: found.mark?.position,
                propertyPreviousBatch: found.mark?.previous, mainBatch: found.snapshots.last?.batch,
                isPropertyBatchKnown: found.snapshots.contains { $0.batch == found.mark?.batch }))
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
    /// - Throws: `lakeTableMissing` or `lakeTableReplaced`.
    mutating func append(
        _ staged: StagedBatch, to lake: LakeTable, previous: BatchID?
    ) throws -> SimulatedSnapshot {
        guard var table = tables[lake.name] else {
            throw OffloadError(.lakeTableMissing, "the Iceberg table \(lake.name) was dropped")
        }
        guard table.uuid == lake.uuid else {
            throw OffloadError(.lakeTableReplaced, "the Iceberg table \(lake.name) was replaced")
        }
        let snapshot = SimulatedSnapshot(
            id: Int64(table.snapshots.count + 1), batch: staged.trace.id, files: staged.files.map(\.filePath))
        table.snapshots.append(snapshot)
        table.mark = (staged.trace.id, staged.window.high, previous)
        tables[lake.name] = table
        return snapshot
    }
}
