// The real lake: Iceberg tables in a warehouse folder, found by name in the SQL catalog.
import FoundationEssentials
import Iceberg
import OffloadCore
import Postgres

/// Opens and creates tables, begins data files, removes what was never committed.
public struct WarehouseLake: Lake {
    let files: WarehouseFiles
    let catalog: SQLCatalog
    let client: PostgresClient

    public init(files: WarehouseFiles, catalogName: String, client: PostgresClient) {
        self.files = files
        self.client = client
        catalog = SQLCatalog(name: catalogName)
    }

    public func open(_ table: SourceTable, known uuid: String?) async throws -> LakeTable {
        try await translated(table.name) {
            let name = try TableName(table.definition.target)
            let metadata: TableMetadata
            if let location = try await catalog.location(of: name, on: client) {
                metadata = try await files.metadata(at: location)
            } else if uuid == nil {
                metadata = try await create(name, for: table)
            } else {
                throw OffloadError(
                    .lakeTableMissing,
                    "the Iceberg table \(table.definition.target), which holds earlier windows, is not in the catalog",
                    table: table.name,
                    hint: "restore it; if it is gone for good: `iceberg-offload watermark rewind --table"
                        + " \(table.name) --to beginning --dry-run`")
            }
            return try LakeFit(table: table, metadata: metadata).lakeTable()
        }
    }

    public func draft(
        at location: String, slice: PartitionSlice, of table: LakeTable
    ) async throws -> any DataFileDraft {
        ParquetDraft(
            location: location, slice: slice, table: table, writer: try await files.create(location))
    }

    public func content(of location: String, in table: LakeTable) async throws -> any DataFileContent {
        try await StoredDataFile(at: location, in: table, files)
    }

    public func remove(_ trace: BatchTrace) async throws {
        for location in trace.dataFiles { try await files.remove(location) }
        // A stray metadata file with a high number misleads readers that go by path (ClickHouse, DuckDB).
        for location in try await files.list(trace.metadataFolder) where location.contains(trace.id.text) {
            try await files.remove(location)
        }
        try await files.removeUnfinished(in: trace.metadataFolder)
    }

    /// The table's newest metadata as it is committed now; nil if there is no such table.
    func metadata(of target: String) async throws -> TableMetadata? {
        guard let location = try await catalog.location(of: try TableName(target), on: client) else {
            return nil
        }
        return try await files.metadata(at: location)
    }

    private func create(_ name: TableName, for table: SourceTable) async throws -> TableMetadata {
        let metadata = try NewTable(table: table, location: files.location(of: name)).metadata(
            uuid: UUID.fresh().uuidString.lowercased(), milliseconds: files.nowMilliseconds())
        let location = metadata.metadataLocation(after: nil, uuid: UUID.fresh().uuidString.lowercased())
        // No batch stands for a turn that died while it made the table; only this one may write here now.
        try await files.removeUnfinished(in: metadata.metadataFolder)
        try await files.put(metadata.serialized, at: location)
        let isCreated: Bool
        do {
            isCreated = try await client.transaction { try await catalog.create(name, at: location, in: $0) }
        } catch let error as PostgresError where error.code != .commitOutcomeUnknown {
            try? await files.remove(location)
            throw error
        }
        guard !isCreated else { return metadata }
        // Another process was quicker: its table is the table.
        try await files.remove(location)
        guard let existing = try await self.metadata(of: table.definition.target) else {
            throw OffloadError(
                .lakeTableMissing,
                "the Iceberg table \(table.definition.target) vanished while it was created",
                isRetryable: true)
        }
        return existing
    }

    func translated<Output>(_ table: String, _ body: () async throws -> Output) async throws -> Output {
        try await LedgerFailure.translated(table) {
            do {
                return try await body()
            } catch let error as IcebergError {
                throw OffloadError(
                    .schemaMismatch, "the Iceberg table: \(error.message)", context: error.context,
                    underlying: error, hint: error.hint)
            }
        }
    }
}
