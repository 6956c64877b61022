// The figures of `report`, compared with the ledger that they are made from.
import Foundation
import OffloadCore
import OffloadIO
import Testing

@Suite struct PerformanceTests {
    @Test func figuresAreThoseOfTheLedger() async throws {
        try await Stage.run { stage in
            var table = try await stage.events(30)
            table.rowCountMax = 10
            try await stage.offload(table)
            // Three windows: 1, 2 and 9 s long, committed two hours, one hour and 50 minutes ago; and one given up.
            _ = try await stage.postgres.query(
                """
                UPDATE offload_batches b SET committed_at = now() - v.minutes * interval '1 minute',
                    created_at = now() - v.minutes * interval '1 minute' - v.seconds * interval '1 second'
                FROM (SELECT batch_id, row_number() OVER (ORDER BY high) AS number FROM offload_batches) n
                JOIN (VALUES (1, 120, 1), (2, 60, 2), (3, 50, 9)) AS v (number, minutes, seconds) USING (number)
                WHERE b.batch_id = n.batch_id
                """)
            _ = try await stage.postgres.query(
                """
                INSERT INTO offload_batches (batch_id, table_name, token, status, high, metadata_folder)
                SELECT gen_random_uuid(), table_name, 1, 'abandoned', 0, '' FROM offload_watermarks
                """)
            let performance = try await LedgerReader(client: stage.postgres)
                .performance(of: [table.source], over: .seconds(86_400))

            let figures = try #require(performance.tables.first)
            let sums = try await stage.ledger("(SELECT sum(byte_count) FROM offload_batches)")
            #expect(figures.windowCount == 3 && figures.rowCount == 30 && String(figures.byteCount) == sums)
            #expect(figures.median == 2 && figures.max == 9 && abs(figures.p95 - 8.3) < 1e-6)
            #expect(figures.seconds == 12 && figures.longestGap == 3_600 && figures.abandonedCount == 1)
            let age = Date().timeIntervalSince1970 - 1_767_225_609
            #expect(abs(try #require(figures.largestLag) - age) < 7_300)
            #expect(performance.slowest.map(\.seconds) == [9, 2, 1])
            #expect(performance.slowest.allSatisfy { $0.table == table.source && $0.rowCount == 10 })
            #expect(performance.spans.count >= 24 && performance.spans.map(\.rowCount).reduce(0, +) == 30)
            #expect(performance.cycles.count == 0 && performance.cycles.median == nil)

            let lately = try await LedgerReader(client: stage.postgres)
                .performance(of: [table.source], over: .seconds(5_400))
            #expect(lately.tables.map(\.windowCount) == [2] && lately.tables.first?.longestGap == 600)
            let others = try await LedgerReader(client: stage.postgres)
                .performance(of: ["another.table"], over: .seconds(86_400))
            #expect(others.tables.isEmpty && others.slowest.isEmpty)
        }
    }

    @Test func theCommandPrintsThem() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            #expect(
                try await stage.program("report --since 1h", table).output
                    == "no window was committed in the last 1h\n")
            try await stage.offload(table)
            let report = try await stage.program("report --since 1h", table)
            #expect(report.status == 0 && report.output.contains("SLOWEST WINDOWS"), "\(report.output)")
            #expect(try await stage.program("report --since never", table).status == 64)
        }
    }
}
