// The endpoints as a scraper, a load balancer and a person get them.
import Foundation
import Logging
import Testing

@testable import OffloadCore
@testable import OffloadDaemon
@testable import StatusServer

@Suite struct ServerTests {
    private let stage: Rehearsal

    init() throws {
        stage = try Rehearsal()
        stage.onlookers.metrics.configure(stage.orders.current)
    }

    @Test func everyEndpointAnswers() async throws {
        try await stage.serve { port in
            let metrics = try await ServerProbe.get("/metrics", port)
            #expect(metrics.hasPrefix("HTTP/1.1 200 OK\r\n") && metrics.contains("text/plain; version=0.0.4"))
            #expect(metrics.contains("offload_rows_total{table=\"k2.trades\",layer=\"bronze\"} 0\n"))
            let open = try await ServerProbe.get(
                "/metrics", port, "Accept: application/openmetrics-text; version=1.0.0\r\n")
            #expect(open.contains("application/openmetrics-text; version=1.0.0") && open.hasSuffix("# EOF\n"))
            #expect(try await ServerProbe.get("/nothing", port).hasPrefix("HTTP/1.1 404"))
            let refused = try await ServerProbe.get("/metrics", port, method: "POST")
            #expect(refused.hasPrefix("HTTP/1.1 405") && refused.contains("Allow: GET, HEAD"))
            let head = try await ServerProbe.get("/metrics", port, method: "HEAD")
            #expect(head.hasPrefix("HTTP/1.1 200") && head.hasSuffix("\r\n\r\n"))
        }
        #expect(stage.journal.entries("Metrics enabled on port").count == 1)
    }

    @Test func healthAndReadinessFollowTheBoard() async throws {
        try await stage.serve { port in
            #expect(try await ServerProbe.get("/ready", port).hasPrefix("HTTP/1.1 503"))
            let blind = try await ServerProbe.get("/health", port)
            #expect(blind.hasPrefix("HTTP/1.1 503") && blind.contains("\"status\":\"critical\""))
            _ = stage.onlookers.board.enter(.standby(holder: "other:1"))
            stage.onlookers.board.post(
                tables: [status(failures: 1, error: "refused")], cycles: [record(age: 1)],
                at: stage.clock.microseconds)
            #expect(try await ServerProbe.get("/ready", port).hasSuffix("standing by for other:1\n"))
            let warned = try await ServerProbe.get("/health", port)
            #expect(warned.hasPrefix("HTTP/1.1 200 OK"))
            #expect(
                warned.hasSuffix(
                    """
                    {"reasons":[{"command":"iceberg-offload cycle --table k2.trades","level":"warning",\
                    "message":"the last turn failed: refused","table":"k2.trades"}],"status":"warning"}

                    """))
        }
    }

    @Test func oversizedHeaderIsRefused() async throws {
        try await stage.serve { port in
            let answer = try await ServerProbe.get(
                "/metrics", port, "X: \(String(repeating: "x", count: 40_000))\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(try await ServerProbe.get("/metrics", port).hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func portThatIsTakenIsNamed() async throws {
        try await stage.serve { port in
            let quiet = Logger(label: "") { _ in SwiftLogNoOpLogHandler() }
            let second = MetricsServer(
                .init(host: "127.0.0.1", port: port), orders: stage.orders, onlookers: stage.onlookers,
                logger: quiet, now: { 0 })
            let error = await #expect(throws: StatusServerError.self) { try await second.run() }
            #expect(error?.code == .cannotListen)
            #expect(error?.description == "cannot listen on 127.0.0.1 port \(port)")
        }
    }

    @Test func statusPageShowsTablesAndEscapesWhatServersSay() {
        var snapshot = StatusBoard.Snapshot()
        snapshot.phase = .standby(holder: "<b>&\"'")
        snapshot.tables = [status("k2.<script>", failures: 1, error: "Code: 60 <img src=x onerror=alert(1)>")]
        snapshot.cycles = [record(age: 7)]
        snapshot.readAtMicroseconds = stage.clock.microseconds
        let health = Health.decide(snapshot, now: stage.clock.microseconds, configuration: .init())
        let html = StatusPage(snapshot: snapshot, health: health, now: stage.clock.microseconds).html
        #expect(html.contains("standing by for &lt;b&gt;&amp;&quot;&#39;"))
        #expect(html.contains("<td data-name=\"Table\">k2.&lt;script&gt;</td>"))
        #expect(html.contains("<td data-name=\"Lag\">60 s</td>"))
        #expect(
            html.contains("<td data-name=\"Last error\">Code: 60 &lt;img src=x onerror=alert(1)&gt;</td>"))
        #expect(html.contains("<td data-name=\"Started\">2026-01-01 12:00:00 UTC</td>"))
        #expect(!html.contains("<script") && !html.contains("<img") && !html.contains("http:"))
    }
}

@Suite struct GaugeKeeperTests {
    @Test func figuresAreFreshAgainAfterAnOutage() async throws {
        let stage = try Rehearsal()
        stage.onlookers.metrics.configure(stage.orders.current)
        stage.observatory.state.withLock { $0.statuses = [status()] }
        let clock = stage.clock
        let keeper = GaugeKeeper(
            stage.orders, observatory: stage.observatory, onlookers: stage.onlookers, clock: clock,
            now: { clock.microseconds })
        let task = Task { await keeper.run() }
        await clock.settle(1)
        #expect(stage.onlookers.board.snapshot.tables == [status()])
        stage.observatory.state.withLock {
            $0.isDown = true
            $0.freeSpace = 4_096
        }
        await clock.run(until: 60, sleepers: 1)
        #expect(stage.onlookers.board.snapshot.readError == "PostgreSQL is away")
        #expect(stage.onlookers.metrics.registry.render().contains("offload_warehouse_free_bytes 4096\n"))
        stage.observatory.state.withLock { $0.isDown = false }
        await clock.run(until: 90, sleepers: 1)
        #expect(stage.onlookers.board.snapshot.readError == nil)
        #expect(stage.onlookers.board.snapshot.readAtMicroseconds == clock.microseconds)
        #expect(stage.onlookers.metrics.registry.render().contains("offload_status_refresh_errors_total 2\n"))
        #expect(
            stage.journal.entries("gauges") == [
                "30 log WARNING The gauges could not be brought up to date: PostgreSQL is away"
            ])
        task.cancel()
        await task.value
    }

    @Test func aShortIntervalIsLookedAtFourTimes() async throws {
        let stage = try Rehearsal(interval: .seconds(8))
        stage.onlookers.metrics.configure(stage.orders.current)
        let clock = stage.clock
        let keeper = GaugeKeeper(
            stage.orders, observatory: stage.observatory, onlookers: stage.onlookers, clock: clock,
            now: { clock.microseconds })
        let task = Task { await keeper.run() }
        await clock.settle(1)
        stage.observatory.state.withLock { $0.statuses = [status()] }
        await clock.run(until: 2, sleepers: 1)
        #expect(stage.onlookers.board.snapshot.tables == [status()])
        task.cancel()
        await task.value
    }
}
