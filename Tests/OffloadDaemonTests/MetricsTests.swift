// Every metric by name, from its first scrape, and what moves it.
import CoreMetrics
import Prometheus
import Testing

@testable import OffloadCore
@testable import OffloadDaemon

@Suite struct MetricsTests {
    private let metrics: OffloadMetrics
    private let trades = TableDefinition(source: "k2.trades", target: "cold.trades", cursor: "at")
    private let now: Int64 = 1_767_269_220_000_000

    init() throws {
        metrics = try OffloadMetrics(
            Registry(now: { 0 }), build: .init(version: "1.0.0", commit: "abc"),
            startedAt: 1_767_269_220_000_000)
        metrics.configure(orders([trades]))
    }

    private func orders(_ definitions: [TableDefinition]) -> Orders {
        Rehearsal.orders(
            VirtualClock(start: 0), Journal(VirtualClock(start: 0)), interval: .seconds(900),
            definitions: definitions)
    }

    /// The samples that are not 0, without buckets and without what differs from run to run.
    private func samples() -> [String] {
        metrics.registry.render().split(separator: "\n").map(String.init).filter {
            !$0.hasPrefix("#") && !$0.hasPrefix("process_") && !$0.contains("_bucket") && !$0.hasSuffix(" 0")
                && !$0.hasSuffix("NaN")
        }
    }

    @Test func namesAndTypesAreTheOnesThatAlertsAndDashboardsKnow() {
        let types = metrics.registry.render().split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
        #expect(
            types.map { $0.dropFirst(7) } == [
                "offload_build_info gauge", "offload_bytes_total counter",
                "offload_consecutive_failures gauge",
                "offload_cycle_duration_seconds histogram",
                "offload_cycle_in_progress_start_timestamp_seconds gauge",
                "offload_cycle_last_duration_seconds gauge",
                "offload_cycles_skipped_total counter", "offload_cycles_total counter",
                "offload_duration_seconds histogram", "offload_errors_total counter",
                "offload_info_info gauge", "offload_lag_seconds gauge",
                "offload_last_failure_timestamp gauge", "offload_last_success_timestamp gauge",
                "offload_last_success_timestamp_seconds gauge", "offload_next_cycle_timestamp_seconds gauge",
                "offload_pending_expiry_timestamp_seconds gauge",
                "offload_pending_rows gauge", "offload_reconcile_mismatch gauge",
                "offload_retries_total counter", "offload_rows_per_second summary",
                "offload_rows_total counter", "offload_scheduler_active gauge",
                "offload_scheduler_lease_losses_total counter",
                "offload_source_latest_timestamp_seconds gauge", "offload_stage_duration_seconds histogram",
                "offload_status_refresh_errors_total counter",
                "offload_status_refresh_timestamp_seconds gauge",
                "offload_strays_swept_total counter", "offload_tables_configured gauge",
                "offload_warehouse_free_bytes gauge", "offload_watermark_repairs_total counter",
                "offload_windows_total counter", "process_cpu_seconds_total counter",
                "process_open_fds gauge",
                "process_resident_memory_bytes gauge", "process_start_time_seconds gauge",
                "watermark_timestamp_seconds gauge",
            ])
    }

    @Test func everyCounterOfAConfiguredTableBeginsAtZero() {
        let text = metrics.registry.render()
        for line in [
            "offload_rows_total{table=\"k2.trades\",layer=\"bronze\"} 0",
            "offload_bytes_total{table=\"k2.trades\",layer=\"bronze\"} 0",
            "offload_windows_total{table=\"k2.trades\",layer=\"bronze\"} 0",
            "offload_errors_total{table=\"k2.trades\",error_type=\"timeout\"} 0",
            "offload_errors_total{table=\"k2.trades\",error_type=\"connection\"} 0",
            "offload_errors_total{table=\"k2.trades\",error_type=\"crash\"} 0",
            "offload_errors_total{table=\"k2.trades\",error_type=\"process_error\"} 0",
            "offload_retries_total{table=\"k2.trades\"} 0",
            "offload_watermark_repairs_total{table=\"k2.trades\"} 0",
            "offload_cycles_total{status=\"success\"} 0", "offload_cycles_total{status=\"partial\"} 0",
            "offload_cycles_total{status=\"failed\"} 0", "offload_cycles_skipped_total{reason=\"overrun\"} 0",
            "offload_duration_seconds_bucket{table=\"k2.trades\",layer=\"bronze\",le=\"600.0\"} 0",
            "offload_cycle_duration_seconds_bucket{le=\"900.0\"} 0",
            "offload_stage_duration_seconds_count{stage=\"verify\"} 0", "offload_strays_swept_total 0",
            "offload_scheduler_lease_losses_total 0", "offload_reconcile_mismatch{table=\"k2.trades\"} 0",
            "offload_consecutive_failures{table=\"k2.trades\"} 0",
            "offload_rows_per_second_count{table=\"k2.trades\"} 0",
            "offload_info_info{version=\"1.0.0\",schedule_minutes=\"15\",tables=\"k2.trades\","
                + "start_time=\"2026-01-01T12:07:00.000Z\"} 1",
            "offload_build_info{version=\"1.0.0\",commit=\"abc\"} 1",
        ] {
            #expect(text.contains(line + "\n"), "\(line)")
        }
    }

    @Test func turnMovesTheCountersOfItsTable() {
        let receipt = CommitReceipt(
            batch: BatchID("b"), snapshotID: 1, rowCount: 500, byteCount: 2_000, fileCount: 2)
        var steps = StepDurations()
        steps.stage = .seconds(3)
        steps.commit = .milliseconds(500)
        let window = Window(low: nil, high: CursorValue(ticks: 1), rowCount: 500)
        var tally = TableReport.Tally()
        tally.add(receipt)
        metrics.observe("k2.trades", .started(trades))
        metrics.observe("k2.trades", .sweptStrays(count: 2))
        metrics.observe("k2.trades", .planned(windowCount: 2, rowCount: 1_000, duration: .seconds(1)))
        metrics.observe(
            "k2.trades", .committed(window, receipt, Cursor(column: "at", kind: .time(digits: 3)), steps))
        metrics.observe("k2.trades", .retrying(OffloadError(.sourceUnavailable, "gone"), attempt: 1))
        let failed = TableReport(
            table: "k2.trades", layer: .bronze, result: .failed(OffloadError(.sourceUnavailable, "gone")),
            tally: tally,
            duration: .seconds(5))
        metrics.observe(failed)
        metrics.observe(
            CycleReport(
                startedAtMicroseconds: now, duration: .seconds(6), tables: [failed], skippedTableCount: 0))
        #expect(
            samples().filter { !$0.contains("info") } == [
                "offload_bytes_total{table=\"k2.trades\",layer=\"bronze\"} 2000",
                "offload_consecutive_failures{table=\"k2.trades\"} 1",
                "offload_cycle_duration_seconds_sum 6", "offload_cycle_duration_seconds_count 1",
                "offload_cycle_last_duration_seconds 6", "offload_cycles_total{status=\"failed\"} 1",
                "offload_duration_seconds_sum{table=\"k2.trades\",layer=\"bronze\"} 5",
                "offload_duration_seconds_count{table=\"k2.trades\",layer=\"bronze\"} 1",
                "offload_errors_total{table=\"k2.trades\",error_type=\"connection\"} 1",
                "offload_errors_total{table=\"k2.trades\",error_type=\"crash\"} 2",
                "offload_last_failure_timestamp 1767269226", "offload_retries_total{table=\"k2.trades\"} 1",
                "offload_rows_per_second{table=\"k2.trades\",quantile=\"0.5\"} 100",
                "offload_rows_per_second{table=\"k2.trades\",quantile=\"0.9\"} 100",
                "offload_rows_per_second{table=\"k2.trades\",quantile=\"0.99\"} 100",
                "offload_rows_per_second_sum{table=\"k2.trades\"} 100",
                "offload_rows_per_second_count{table=\"k2.trades\"} 1",
                "offload_rows_total{table=\"k2.trades\",layer=\"bronze\"} 500",
                "offload_stage_duration_seconds_sum{stage=\"commit\"} 0.5",
                "offload_stage_duration_seconds_count{stage=\"commit\"} 1",
                "offload_stage_duration_seconds_sum{stage=\"plan\"} 1",
                "offload_stage_duration_seconds_count{stage=\"plan\"} 1",
                "offload_stage_duration_seconds_sum{stage=\"stage\"} 3",
                "offload_stage_duration_seconds_count{stage=\"stage\"} 1",
                "offload_stage_duration_seconds_count{stage=\"verify\"} 1", "offload_strays_swept_total 2",
                "offload_tables_configured 1",
                "offload_windows_total{table=\"k2.trades\",layer=\"bronze\"} 1",
            ])
    }

    @Test func gaugesFollowTheLedger() {
        metrics.update(
            [status(failures: 2)], cycles: [record(age: 7), record(age: 22, status: .partial)], now: now)
        #expect(
            samples().filter { !$0.contains("info") } == [
                "offload_consecutive_failures{table=\"k2.trades\"} 2",
                "offload_cycle_last_duration_seconds 10",
                "offload_lag_seconds{table=\"k2.trades\"} 60", "offload_last_failure_timestamp 1767267910",
                "offload_last_success_timestamp 1767268810",
                "offload_last_success_timestamp_seconds{table=\"k2.trades\"} 1767268920",
                "offload_pending_expiry_timestamp_seconds{table=\"k2.trades\"} 1767355260",
                "offload_pending_rows{table=\"k2.trades\"} 10",
                "offload_source_latest_timestamp_seconds{table=\"k2.trades\"} 1767269219",
                "offload_status_refresh_timestamp_seconds 1767269220", "offload_tables_configured 1",
                "watermark_timestamp_seconds{table=\"k2.trades\"} 1767268800",
            ])
    }

    @Test func lagIsZeroWhenNothingIsDueAndAbsentWhenUnknown() {
        for (pending, oldestAge) in [(Int64(0), nil), (10, Int64(5))] {
            metrics.update([status(pending: pending, oldestAge: oldestAge)], cycles: [], now: now)
            #expect(metrics.registry.render().contains("offload_lag_seconds{table=\"k2.trades\"} 0\n"))
        }
        metrics.update([status(pending: nil, oldestAge: nil)], cycles: [], now: now)
        #expect(!metrics.registry.render().contains("offload_lag_seconds{"))
        metrics.update([status()], cycles: [], now: now)
        metrics.refreshFailed()
        let text = metrics.registry.render()
        #expect(
            !text.contains("offload_lag_seconds{") && text.contains("offload_status_refresh_errors_total 1\n")
        )
        #expect(text.contains("watermark_timestamp_seconds{table=\"k2.trades\"} 1767268800\n"))
    }

    /// The ledger may be what fails; then nobody else counts.
    @Test func failuresInARowAreCountedWithoutTheLedgerToo() {
        let failed = report(.failed(OffloadError(.ledgerUnavailable, "gone")))
        metrics.update([status(failures: 1)], cycles: [], now: now)
        metrics.observe(failed)
        metrics.refreshFailed()
        metrics.observe(failed)
        #expect(samples().contains("offload_consecutive_failures{table=\"k2.trades\"} 3"))
        metrics.observe(report(.success))
        #expect(!samples().contains { $0.contains("consecutive") })
    }

    @Test func contradictionIsShownUntilATurnSucceeds() {
        let sample = "offload_reconcile_mismatch{table=\"k2.trades\"} 1"
        func isShown(after result: TableReport.Result) -> Bool {
            metrics.observe(report(result))
            return samples().contains(sample)
        }
        #expect(!isShown(after: .failed(OffloadError(.sourceUnavailable, "gone"))))
        #expect(isShown(after: .failed(OffloadError(.lakeTableRolledBack, "rolled back"))))
        #expect(isShown(after: .failed(OffloadError(.sourceUnavailable, "gone"))))
        #expect(!isShown(after: .success))
    }

    @Test func warehouseAndLeaseAreSeen() {
        metrics.update(freeSpace: 4_096)
        metrics.leaseLost()
        #expect(samples().contains("offload_warehouse_free_bytes 4096"))
        #expect(samples().contains("offload_scheduler_lease_losses_total 1"))
        metrics.update(freeSpace: nil)
        #expect(!metrics.registry.render().contains("\noffload_warehouse_free_bytes "))
    }

    private func report(_ result: TableReport.Result) -> TableReport {
        TableReport(
            table: "k2.trades", layer: .bronze, result: result, tally: .init(), duration: .seconds(1))
    }

    @Test func removedTableVanishesAndStaysAway() {
        metrics.update([status()], cycles: [], now: now)
        metrics.configure(orders([.init(source: "k2.quotes", target: "cold.quotes", cursor: "at")]))
        metrics.observe("k2.trades", .sweptStrays(count: 1))
        metrics.update([status()], cycles: [], now: now)
        let text = metrics.registry.render()
        #expect(!text.contains("k2.trades") && text.contains("offload_rows_total{table=\"k2.quotes\""))
    }

    @Test func phaseSaysWhoIsAtWork() {
        metrics.entered(.running(since: now))
        #expect(samples().contains("offload_cycle_in_progress_start_timestamp_seconds 1767269220"))
        #expect(samples().contains("offload_scheduler_active 1"))
        metrics.entered(.waiting(until: now))
        #expect(samples().contains("offload_next_cycle_timestamp_seconds 1767269220"))
        #expect(!metrics.registry.render().contains("\noffload_cycle_in_progress_start_timestamp_seconds "))
        metrics.entered(.standby(holder: "b"))
        #expect(!samples().contains { $0.contains("active") || $0.contains("next_cycle") })
    }

    @Test func processIsMeasured() throws {
        let values = Dictionary(
            metrics.render(.text).split(separator: "\n").filter { $0.hasPrefix("process_") }
                .map { ($0.split(separator: " ")[0], Double($0.split(separator: " ")[1]) ?? 0) }
        ) { first, _ in first }
        #expect(try #require(values["process_resident_memory_bytes"]) > 1e6)
        #expect(try #require(values["process_cpu_seconds_total"]) > 0)
        #expect(try #require(values["process_open_fds"]) > 2)
        #expect(try #require(values["process_start_time_seconds"]) > 1.7e9)
    }
}

@Suite struct PrometheusMetricsFactoryTests {
    private let registry = Registry(now: { 0 })

    @Test func foreignMetricsBecomeFit() {
        let factory = PrometheusMetricsFactory(registry)
        factory.makeCounter(label: "hb.requests", dimensions: [("hb.uri", "/"), ("le", "1")]).increment(by: 2)
        factory.makeMeter(label: "9 lives", dimensions: []).set(3.5)
        factory.makeTimer(label: "http.duration", dimensions: []).recordNanoseconds(2_500_000_000)
        factory.makeRecorder(label: "größe", dimensions: [], aggregate: true).record(7.0)
        let lines = registry.render().split(separator: "\n").map(String.init)
        #expect(lines.contains("lib_hb_requests_total{lib_hb_uri=\"/\",lib_le=\"1\"} 2"))
        #expect(lines.contains("lib_9_lives 3.5"))
        #expect(lines.contains("lib_http_duration_seconds_sum 2.5"))
        #expect(lines.contains("lib_gr__e_sum 7"))
    }

    @Test func nothingForeignTraps() {
        let factory = PrometheusMetricsFactory(registry)
        let counter = factory.makeFloatingPointCounter(label: "c", dimensions: [])
        for amount in [-1, .nan, .infinity, 1.5] as [Double] { counter.increment(by: amount) }
        factory.makeCounter(label: "c", dimensions: [("other", "label")]).increment(by: 1)
        factory.makeMeter(label: "c_total", dimensions: []).set(1.0)
        factory.makeCounter(label: "", dimensions: [("", ""), ("a.b", "1"), ("a_b", "2")]).increment(by: -5)
        #expect(registry.render().contains("lib_c_total 1.5\n"))
    }
}
