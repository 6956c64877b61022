// The data files that an Iceberg table consists of right now, whoever wrote them.
import Iceberg
import OffloadCore

extension WarehouseLake {
    /// The files of the table's current snapshot. Reads its manifests, one at a time.
    ///
    /// - Throws: `lakeTableMissing`, or what reading the table's metadata throws.
    public func liveFiles(of table: SourceTable) async throws -> LiveFiles {
        try await translated(table.name) {
            guard let metadata = try await metadata(of: table.definition.target) else {
                throw OffloadError(
                    .lakeTableMissing, "the Iceberg table \(table.definition.target) is not in the catalog",
                    table: table.name,
                    hint: "restore it; if it was dropped on purpose, there is nothing to compare")
            }
            return try LiveFiles(metadata: metadata, warehouse: self, table: table)
        }
    }
}

/// One snapshot's files; later commits change nothing about them.
public struct LiveFiles: Sendable {
    private let metadata: TableMetadata
    private let warehouse: WarehouseLake
    private let table: SourceTable
    private let cursor: LakeCursor
    /// The Iceberg table as it was then.
    public let lake: LakeTable

    init(metadata: TableMetadata, warehouse: WarehouseLake, table: SourceTable) throws {
        self.metadata = metadata
        self.warehouse = warehouse
        self.table = table
        lake = try LakeFit(table: table, metadata: metadata).lakeTable()
        cursor = LakeCursor(table, lake)
    }

    /// Adds every file to an audit.
    public func add(to audit: inout Audit) async throws {
        try await manifests { content, entries in
            if content == .deletes, !entries.isEmpty { audit.addDeletes() }
            guard content == .data else { return }
            for entry in entries { audit.add(cursor.liveFile(entry.dataFile)) }
        }
    }

    /// Every data file, in memory: some hundred bytes each.
    public func all() async throws -> [LiveFile] {
        var files: [LiveFile] = []
        try await manifests { content, entries in
            if content == .data { files += entries.map { cursor.liveFile($0.dataFile) } }
        }
        return files
    }

    /// Every data file, in memory, and whether there are delete files beside them.
    func contents() async throws -> (files: [LiveFile], hasDeletes: Bool) {
        var files: [LiveFile] = []
        var hasDeletes = false
        try await manifests { content, entries in
            if content == .data { files += entries.map { cursor.liveFile($0.dataFile) } }
            if content == .deletes, !entries.isEmpty { hasDeletes = true }
        }
        return (files, hasDeletes)
    }

    private func manifests(_ body: (ManifestFile.Content, [ManifestEntry]) -> Void) async throws {
        try await warehouse.translated(table.name) {
            guard let snapshot = try metadata.currentSnapshot else { return }
            let list = try ManifestList(
                parsing: try await warehouse.files.get(snapshot.manifestList), location: snapshot.manifestList
            )
            for row in list.manifests {
                body(row.content, try await entries(of: row).filter { $0.status != .deleted })
            }
        }
    }

    private func entries(of row: ManifestFile) async throws -> [ManifestEntry] {
        guard let spec = metadata.spec(id: row.partitionSpecID) else {
            throw IcebergError(
                .invalidMetadata, "a manifest names a partition spec that the table does not have",
                context: ["manifest": row.manifestPath])
        }
        let bytes = try await warehouse.files.get(row.manifestPath)
        let partition = try spec.partitionType(in: metadata.currentSchema)
        return try Manifest(parsing: bytes, row: row, partition: partition).entries
    }
}

/// The cursor's field in an Iceberg table, whose bounds tell where a file's rows come from.
private struct LakeCursor: Sendable {
    private let cursor: Cursor
    /// Nil: the cursor's column is not in the Iceberg table.
    private let field: NestedField?

    init(_ table: SourceTable, _ lake: LakeTable) {
        cursor = table.cursor
        field = lake.columns.first { $0.source.name == table.cursor.column }?.field
    }

    func liveFile(_ file: DataFile) -> LiveFile {
        LiveFile(
            location: file.filePath, rowCount: file.recordCount, batch: BatchID(ofDataFileAt: file.filePath),
            bounds: bounds(of: file))
    }

    private func bounds(of file: DataFile) -> ClosedRange<CursorValue>? {
        guard let field, let lowest = range(file.lowerBounds[field.id], field),
            let highest = range(file.upperBounds[field.id], field), lowest.lowerBound <= highest.upperBound
        else { return nil }
        return lowest.lowerBound...highest.upperBound
    }

    /// The cursor values that became this bound: several, where Iceberg's microseconds are coarser.
    private func range(_ bound: [UInt8]?, _ field: NestedField) -> ClosedRange<CursorValue>? {
        guard let bound, let literal = try? Literal(decoding: bound, as: field.type) else { return nil }
        switch (literal, cursor.kind) {
        case (.timestamptz(let micro), .time(let digits)), (.timestamp(let micro), .time(let digits)):
            guard let value = cursor.value(atMicroseconds: micro) else { return nil }
            let slack: Int128 = digits > 6 ? (6..<digits).reduce(1) { unit, _ in unit * 10 } - 1 : 0
            return CursorValue(ticks: value.ticks - slack)...CursorValue(ticks: value.ticks + slack)
        case (.int(let number), .integer): return exactly(Int128(number))
        case (.long(let number), .integer): return exactly(Int128(number))
        case (.decimal(let number, scale: 0), .integer): return exactly(number)
        default: return nil
        }
    }

    private func exactly(_ ticks: Int128) -> ClosedRange<CursorValue> {
        CursorValue(ticks: ticks)...CursorValue(ticks: ticks)
    }
}
