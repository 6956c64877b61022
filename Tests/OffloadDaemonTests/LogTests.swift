// The words that runbooks search for, and one line per event whatever it holds.
import Foundation
import Logging
import Synchronization
import Testing

@testable import OffloadCore
@testable import OffloadDaemon

/// Lines as they would be written.
private final class Lines: Sendable {
    private let state = Mutex<[String]>([])

    var all: [String] { state.withLock { $0 } }

    func logger(_ format: LineLogHandler.Format = .text, level: Logger.Level = .info) -> Logger {
        let handler = LineLogHandler(
            label: "offload", format: format, level: level,
            output: LogOutput { line in self.state.withLock { $0.append(line) } },
            now: { 1_767_269_220_045_000 })
        return Logger(label: "offload") { _ in handler }
    }
}

@Suite struct RunLogTests {
    private func written(_ act: (RunLog) -> Void) -> [String] {
        let lines = Lines()
        act(RunLog(lines.logger()))
        return lines.all.map { String($0.dropFirst(25).dropLast()) }
    }

    private func report(
        _ result: TableReport.Result, rows: Int64 = 0, duration: Duration = .milliseconds(5_600)
    ) -> TableReport {
        var tally = TableReport.Tally()
        tally.add(.init(batch: BatchID("b"), snapshotID: 1, rowCount: rows, byteCount: 1, fileCount: 1))
        return TableReport(
            table: "k2.trades", layer: .bronze, result: result, tally: tally, duration: duration)
    }

    @Test func turnsAreToldInTheKnownWords() {
        let lost = OffloadError(
            .sourceUnavailable, "ClickHouse refuses connections", table: "k2.trades",
            context: ["host": "ch1"],
            hint: "run `iceberg-offload doctor`")
        let lines = written { log in
            log.observe(
                "k2.trades", .started(.init(source: "k2.trades", target: "cold.trades", cursor: "at")))
            log.observe(report(.success, rows: 1_234_567))
            log.observe(report(.success))
            log.observe(report(.busy(holder: "b:2")))
            log.observe(report(.failed(OffloadError(.timedOut, "not finished")), duration: .seconds(600)))
            log.observe(report(.failed(lost)))
        }
        #expect(
            lines == [
                "INFO Starting offload: k2.trades → cold.trades table=k2.trades",
                "INFO ✓ Offload completed: k2.trades (1,234,567 rows in 5.6s) rows=1234567 table=k2.trades",
                "INFO ✓ Offload completed: k2.trades (0 rows in 5.6s) No new rows rows=0 table=k2.trades",
                "NOTICE Offload skipped: k2.trades (another process is at it) holder=b:2 table=k2.trades",
                "ERROR ✗ Offload timeout: k2.trades (after 600.0s) timedOut: not finished code=timedOut",
                "ERROR ✗ Offload failed: k2.trades sourceUnavailable: ClickHouse refuses connections"
                    + " Hint: run `iceberg-offload doctor` code=sourceUnavailable host=ch1 table=k2.trades",
            ])
    }

    @Test func committedWindowNamesItsBoundsAndItsBatch() {
        let cursor = Cursor(column: "at", kind: .time(digits: 3))
        let window = Window(low: nil, high: CursorValue(ticks: 1_767_269_220_123), rowCount: 5)
        let lines = written { log in
            log.observe(
                "k2.trades",
                .committed(
                    window,
                    .init(batch: BatchID("b-1"), snapshotID: 42, rowCount: 5, byteCount: 9, fileCount: 1),
                    cursor, StepDurations()))
        }
        #expect(
            lines == [
                "INFO ✓ Committed: k2.trades (5 rows in 0.0s) batch=b-1 bytes=9 files=1 rows=5 snapshot=42"
                    + " table=k2.trades window=\"(beginning, 2026-01-01 12:07:00.123]\""
            ])
    }

    @Test func cycleIsSummedUpInOneLine() {
        let tables = [
            report(.success, rows: 100), report(.success, rows: 23),
            report(.failed(OffloadError(.timedOut, ""))),
            report(.failed(OffloadError(.diskFull, ""))),
        ]
        let lines = written { log in
            log.schedulerStarted(interval: .seconds(900), tableCount: 4)
            log.cycleStarted(tableCount: 4)
            log.observe(
                CycleReport(
                    startedAtMicroseconds: 0, duration: .milliseconds(12_400), tables: tables,
                    skippedTableCount: 0))
            log.entered(.waiting(until: 1_767_269_700_000_000))
            log.schedulerStopped()
        }
        #expect(
            lines == [
                "INFO ICEBERG OFFLOAD SCHEDULER STARTED Schedule: Every 15 minutes Tables: 4",
                "INFO OFFLOAD CYCLE STARTED Tables: 4",
                "INFO OFFLOAD CYCLE COMPLETED Duration: 12.4s Success: 2, Failed: 1, Timeout: 1"
                    + " Total rows offloaded: 123 status=partial",
                "INFO Next run scheduled at: 2026-01-01 12:15:00 UTC", "INFO Scheduler stopped gracefully",
            ])
    }
}

@Suite struct LineLogHandlerTests {
    private struct Password: CustomStringConvertible {
        let value = "hunter2"
        let description = "***"
    }

    private let hostile = "a \"b\" \\ = \n\r\t\u{1b}[31m\u{85}\u{2028} →"

    @Test func textKeepsEverythingOnOneLine() {
        let lines = Lines()
        lines.logger().info("\(hostile)", metadata: ["empty": "", "plain": "x", "hostile": "\(hostile)"])
        #expect(
            lines.all == [
                #"2026-01-01T12:07:00.045Z INFO a "b" \ = \n\r\t\u001b[31m\u0085\u2028 → empty="" "#
                    + #"hostile="a \"b\" \\ = \n\r\t\u001b[31m\u0085\u2028 →" plain=x"# + "\n"
            ])
    }

    @Test func jsonIsReadBackAsItWas() throws {
        let lines = Lines()
        var logger = lines.logger(.json)
        logger[metadataKey: "host"] = "h"
        logger.error(
            "\(hostile)", metadata: ["hostile": "\(hostile)", "password": .stringConvertible(Password())])
        let line = try #require(lines.all.first)
        #expect(line.count { $0.isNewline } == 1)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["message"] as? String == hostile)
        #expect(object["level"] as? String == "error" && object["logger"] as? String == "offload")
        #expect(object["time"] as? String == "2026-01-01T12:07:00.045Z")
        #expect(
            object["metadata"] as? [String: String] == ["host": "h", "hostile": hostile, "password": "***"])
    }

    @Test func journalTakesTimeAndLevelFromElsewhere() {
        let lines = Lines()
        let logger = lines.logger(.journal, level: .trace)
        for level in Logger.Level.allCases {
            logger.log(level: level, "one\ntwo", metadata: ["key": "value"])
        }
        #expect(
            lines.all
                == [
                    (7, "TRACE"), (7, "DEBUG"), (6, "INFO"), (5, "NOTICE"), (4, "WARNING"), (3, "ERROR"),
                    (2, "CRITICAL"),
                ].map { "<\($0)>\($1) one\\ntwo key=value\n" })
    }

    @Test func journalIsKnownByTheStreamThatSystemdNames() {
        var status = stat()
        fstat(STDERR_FILENO, &status)
        let stream = "\(status.st_dev):\(status.st_ino)"
        #expect(LogOutput.isJournal(environment: ["JOURNAL_STREAM": stream]))
        #expect(!LogOutput.isJournal(environment: ["JOURNAL_STREAM": stream + "1"]))
        #expect(!LogOutput.isJournal(environment: [:]))
    }

    @Test func lessSevereEventsAreLeftOut() {
        let lines = Lines()
        lines.logger(level: .warning).info("quiet")
        #expect(lines.all.isEmpty)
    }

    @Test func linesOfManyThreadsStayWhole() async throws {
        let path = "/tmp/log-\(UUID().uuidString)"
        let file = open(path, O_CREAT | O_WRONLY, 0o600)
        try #require(file >= 0)
        defer {
            close(file)
            unlink(path)
        }
        let handler = LineLogHandler(
            label: "", format: .text, level: .info, output: LogOutput(descriptor: file), now: { 0 })
        let logger = Logger(label: "") { _ in handler }
        let text = String(repeating: "x", count: 5_000)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { logger.info("\(text)") } }
        }
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 100)
        #expect(Set(lines) == ["1970-01-01T00:00:00.000Z INFO " + Substring(text)])
    }
}
