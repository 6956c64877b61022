// Reads the ledger of some time as figures; PostgreSQL does the sums.
import OffloadCore
import Postgres

extension LedgerReader {
    /// Costs a scan of the windows of that time, found by index.
    ///
    /// - Parameter period: back from now.
    public func performance(of tables: [String], over period: Duration) async throws -> Performance {
        let span: [PostgresValue] = [.textArray(tables), .double(period.inSeconds)]
        return try await LedgerFailure.translated(nil) {
            Performance(
                tables: try await client.query(Self.tables, span).map(Performance.Table.init),
                spans: try await spans(span, period),
                slowest: try await client.query(Self.slowest, span).map(Performance.SlowWindow.init),
                cycles: try await client.query(Self.cycles, [.double(period.inSeconds)]).first
                    .map(Performance.Cycles.init)
                    ?? Performance.Cycles(count: 0, failedCount: 0, median: nil, p95: nil, max: nil))
        }
    }

    /// Hours, days or weeks (UTC), such that they make a chart of at most some dozen lines.
    private func spans(_ parameters: [PostgresValue], _ period: Duration) async throws -> [Performance.Span] {
        let (unit, hours): (String, Int64) =
            period <= .seconds(2 * 86_400)
            ? ("hour", 1) : period <= .seconds(60 * 86_400) ? ("day", 24) : ("week", 168)
        return try await client.query(Self.spans, parameters + [.text(unit), .int(hours)])
            .map(Performance.Span.init)
    }

    private static let windows = """
        WITH windows AS (
            SELECT table_name, batch_id, row_count, byte_count, high, committed_at,
                extract(epoch FROM committed_at - created_at)::float8 AS seconds
            FROM offload_batches
            WHERE status = 'committed' AND table_name = ANY ($1::text[])
                AND committed_at > now() - $2 * interval '1 second'
        )

        """

    private static let tables =
        windows + """
            SELECT w.table_name, count(*) AS windows, coalesce(sum(w.row_count), 0)::bigint AS rows,
                coalesce(sum(w.byte_count), 0)::bigint AS bytes, sum(w.seconds) AS seconds, max(w.seconds) AS max,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY w.seconds) AS median,
                percentile_cont(0.95) WITHIN GROUP (ORDER BY w.seconds) AS p95,
                max(extract(epoch FROM w.gap)::float8) AS gap,
                max(extract(epoch FROM w.committed_at)::float8
                    - w.high::float8 / power(10::float8, m.cursor_digits)) AS lag,
                (SELECT count(*) FROM offload_batches a
                 WHERE a.table_name = w.table_name AND a.status = 'abandoned' AND a.committed_at IS NULL
                     AND a.created_at > now() - $2 * interval '1 second') AS abandoned
            FROM (
                SELECT *, committed_at - lag(committed_at) OVER (PARTITION BY table_name ORDER BY committed_at) AS gap
                FROM windows
            ) w JOIN offload_watermarks m USING (table_name) GROUP BY w.table_name ORDER BY w.table_name
            """

    private static let spans =
        windows + """
            SELECT \(EpochMicroseconds.of("s.start")) AS start, count(w.batch_id) AS windows,
                coalesce(sum(w.row_count), 0)::bigint AS rows
            FROM generate_series(date_trunc($3, now() - $2 * interval '1 second', 'UTC'), now(),
                make_interval(hours => $4::int)) AS s (start)
            LEFT JOIN windows w ON date_trunc($3, w.committed_at, 'UTC') = s.start
            GROUP BY s.start ORDER BY s.start
            """

    private static let slowest =
        windows + """
            SELECT table_name, batch_id::text AS batch, \(EpochMicroseconds.of("committed_at")) AS committed, seconds,
                coalesce(row_count, 0) AS rows
            FROM windows ORDER BY seconds DESC, committed_at LIMIT 5
            """

    private static let cycles = """
        SELECT count(*) AS count, count(*) FILTER (WHERE status <> 'success') AS failed, max(seconds) AS max,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median,
            percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95
        FROM offload_cycles WHERE started_at > now() - $1 * interval '1 second'
        """
}

extension Performance.Table {
    fileprivate init(_ row: PostgresRow) throws {
        self.init(
            name: try row.string("table_name"), windowCount: try row.int64("windows"),
            rowCount: try row.int64("rows"), byteCount: try row.int64("bytes"),
            seconds: try row.double("seconds"), median: try row.double("median"), p95: try row.double("p95"),
            max: try row.double("max"), abandonedCount: try row.int64("abandoned"),
            longestGap: try row.optional("gap", .double), largestLag: try row.optional("lag", .double))
    }
}

extension Performance.Span {
    fileprivate init(_ row: PostgresRow) throws {
        self.init(
            startMicroseconds: try row.int64("start"), windowCount: try row.int64("windows"),
            rowCount: try row.int64("rows"))
    }
}

extension Performance.SlowWindow {
    fileprivate init(_ row: PostgresRow) throws {
        self.init(
            table: try row.string("table_name"), batch: try row.string("batch"),
            committedAtMicroseconds: try row.int64("committed"), seconds: try row.double("seconds"),
            rowCount: try row.int64("rows"))
    }
}

extension Performance.Cycles {
    fileprivate init(_ row: PostgresRow) throws {
        self.init(
            count: try row.int64("count"), failedCount: try row.int64("failed"),
            median: try row.optional("median", .double), p95: try row.optional("p95", .double),
            max: try row.optional("max", .double))
    }
}
