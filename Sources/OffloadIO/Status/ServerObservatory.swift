// The real observatory: the ledger's own words, and the source's newest rows beside them.
import OffloadCore
import Postgres

/// Reads watermarks and cycles from PostgreSQL and asks the source what lies behind them.
public struct ServerObservatory: Observatory {
    private let client: PostgresClient
    /// Nil: only the ledger is asked, which is what a quick status wants.
    private let source: ClickHouseSource?
    /// Nil: its space is not asked for.
    private let files: WarehouseFiles?
    private let holder: Holder

    public init(
        client: PostgresClient, source: ClickHouseSource?, files: WarehouseFiles? = nil, holder: Holder
    ) {
        self.client = client
        self.source = source
        self.files = files
        self.holder = holder
    }

    public func tables(_ definitions: [TableDefinition]) async throws -> [TableStatus] {
        let rows = try await LedgerFailure.translated(nil) {
            try await client.query(
                """
                SELECT w.table_name, w.status, w.position::text, w.cursor_column, w.cursor_digits, w.failure_count,
                    w.last_error_message, w.last_offload_row_count, w.last_run_duration_seconds,
                    \(EpochMicroseconds.of("w.last_successful_run")) AS last_success, l.holder
                FROM offload_watermarks w
                LEFT JOIN offload_leases l ON l.name = 'table:' || w.table_name AND l.expires_at > clock_timestamp()
                WHERE table_name = ANY ($1::text[])
                """, [.textArray(definitions.map(\.source))])
        }
        let byName = Dictionary(try rows.map { (try $0.string("table_name"), $0) }) { first, _ in first }
        let described = try? await source?.describe(definitions)
        var statuses: [TableStatus] = []
        for definition in definitions {
            let table = try? described?.tables[definition.source]?.get()
            statuses.append(try await status(of: definition, row: byName[definition.source], table: table))
        }
        return statuses
    }

    public func freeSpace() async throws -> Int64? {
        try await files?.freeSpace()
    }

    public func cycles(newest count: Int) async throws -> [CycleRecord] {
        try await LedgerFailure.translated(nil) {
            let rows = try await client.query(
                """
                SELECT \(EpochMicroseconds.of("started_at")) AS started, seconds, status, holder, table_count,
                    failed_count, row_count
                FROM offload_cycles ORDER BY id DESC LIMIT $1
                """, [.int(Int64(count))])
            return try rows.map { row in
                CycleRecord(
                    startedAtMicroseconds: try row.int64("started"), seconds: try row.double("seconds"),
                    status: CycleReport.Status(rawValue: try row.string("status")) ?? .failed,
                    holder: try row.string("holder"), tableCount: try row.int64("table_count"),
                    failedCount: try row.int64("failed_count"), rowCount: try row.int64("row_count"))
            }
        }
    }

    /// The process that runs cycles, as `host:pid`; nil: none does.
    public func scheduler() async throws -> String? {
        try await LedgerFailure.translated(nil) {
            try await client.query(
                "SELECT holder FROM offload_leases WHERE name = $1 AND expires_at > clock_timestamp()",
                [.text(LeaseTable.scheduler)]
            ).first?.string("holder")
        }
    }

    public func record(_ report: CycleReport) async throws {
        try await LedgerFailure.translated(nil) {
            _ = try await client.query(
                """
                INSERT INTO offload_cycles
                    (holder, started_at, seconds, status, table_count, failed_count, row_count)
                VALUES ($1, \(EpochMicroseconds.timestamp("$2")), $3, $4, $5, $6, $7)
                """,
                [
                    .text(holder.text), .int(report.startedAtMicroseconds),
                    .double(report.duration.inSeconds),
                    .text(report.status.rawValue), .int(Int64(report.tables.count)),
                    .int(Int64(report.failures.count)), .int(report.rowCount),
                ])
        }
    }

    private func status(
        of definition: TableDefinition, row: PostgresRow?, table: SourceTable?
    ) async throws -> TableStatus {
        let watermark = try row.flatMap(Self.watermark)
        let pending = await survey(table, after: watermark)
        let cursor = table?.cursor
        return TableStatus(
            table: definition.source, layer: definition.layer, target: definition.target,
            settle: definition.settle, state: try row?.string("status"),
            watermark: watermark.map { $0.cursor.text($0.value) },
            watermarkMicroseconds: watermark.flatMap { $0.cursor.microseconds($0.value) },
            lastSuccessMicroseconds: try row?.optional("last_success", .int64),
            failureCount: try row?.optional("failure_count", .int64) ?? 0,
            lastError: try row?.optional("last_error_message", .string),
            lastRowCount: try row?.optional("last_offload_row_count", .int64) ?? 0,
            lastDurationSeconds: try row?.optional("last_run_duration_seconds", .int64),
            pendingRowCount: pending?.rowCount,
            newestMicroseconds: pending?.bounds.flatMap { cursor?.microseconds($0.upperBound) },
            oldestPendingMicroseconds: pending?.bounds.flatMap { cursor?.microseconds($0.lowerBound) },
            pendingExpiryMicroseconds: await expiry(table, at: pending?.bounds?.lowerBound),
            holder: try row?.optional("holder", .string))
    }

    /// What lies behind the watermark; nil when the source does not say.
    private func survey(
        _ table: SourceTable?, after watermark: (cursor: Cursor, value: CursorValue)?
    ) async -> Survey? {
        guard let table, let source else { return nil }
        let low = watermark.flatMap { table.cursor.value(of: $0.cursor.text($0.value)) }
        return try? await source.survey(table, after: low, through: nil)
    }

    private func expiry(_ table: SourceTable?, at oldest: CursorValue?) async -> Int64? {
        guard let table, let source, let oldest else { return nil }
        return try? await source.expiry(of: table, at: oldest)
    }

    private static func watermark(_ row: PostgresRow) throws -> (cursor: Cursor, value: CursorValue)? {
        guard let position = try row.cursorValue("position"),
            let column = try row.optional("cursor_column", .string)
        else { return nil }
        let digits = try row.optional("cursor_digits", .int64)
        return (Cursor(column: column, kind: digits.map { .time(digits: Int($0)) } ?? .integer), position)
    }
}
