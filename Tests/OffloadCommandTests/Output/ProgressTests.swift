// Progress is a value: events and instants in, a line out.
import OffloadCore
import Testing

@testable import OffloadCommand

@Suite struct ProgressTests {
    private let start = ContinuousClock.now

    private func after(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    private func planned(_ rowCount: Int64) -> RunEvent {
        .planned(windowCount: 1, rowCount: rowCount, duration: .zero)
    }

    private func committed(_ rowCount: Int64) -> RunEvent {
        let window = CommittedWindow(
            batch: BatchID("b"), low: nil, high: CursorValue(ticks: 1), rowCount: rowCount)
        let receipt = CommitReceipt(
            batch: BatchID("b"), snapshotID: 1, rowCount: rowCount, byteCount: 1, fileCount: 1)
        return .committed(window.window, receipt, Cursor(column: "at", kind: .integer), StepDurations())
    }

    @Test func nothingIsShownBeforeThereIsAPlan() {
        var progress = Progress()
        progress.observe(.heartbeat, at: after(0))
        progress.observe(planned(0), at: after(1))
        #expect(progress.line(at: after(2)) == nil)
        #expect(progress.bar(at: after(2)) == nil)
    }

    @Test func rateAndRestAreReckonedFromTheFirstPlan() {
        var progress = Progress()
        progress.observe(planned(4_000), at: after(100))
        #expect(progress.line(at: after(100)) == "0 of 4,000 rows (0%)")
        progress.observe(committed(1_000), at: after(102))
        #expect(progress.line(at: after(102)) == "1,000 of 4,000 rows (25%), 500 rows/s, 6.0 s left")
        #expect(
            progress.bar(at: after(102))
                == "[#####...............] 1,000 of 4,000 rows (25%), 500 rows/s, 6.0 s left")
    }

    @Test func tablesAddUp() {
        var progress = Progress()
        progress.observe(planned(1_000), at: after(0))
        progress.observe(committed(1_000), at: after(1))
        progress.observe(planned(1_000_000), at: after(2))
        #expect(
            progress.line(at: after(10)) == "1,000 of 1,001,000 rows (0%), 100 rows/s, 2 h 46 min left")
    }

    @Test func theEndIsNotPassedWhenRowsChangedSinceThePlan() {
        var progress = Progress()
        progress.observe(planned(10), at: after(0))
        progress.observe(committed(12), at: after(1))
        #expect(progress.bar(at: after(1)) == "[####################] 12 of 10 rows (100%), 12 rows/s")
    }

    @Test(arguments: [
        (0.04, "0.0 s"), (59.94, "59.9 s"), (59.96, "1 min 0 s"), (3_599, "59 min 59 s"),
        (3_600, "1 h 0 min"),
        (90_000, "1 d 1 h"),
    ])
    func durationsAreSaidInTwoUnits(seconds: Double, text: String) {
        #expect(Duration.seconds(seconds).shortText == text)
    }

    @Test func whatNeedsNoProgressIsSaidOnce() {
        let error = OffloadError(.sourceUnavailable, "ClickHouse went away")
        #expect(
            RunEvent.sweptStrays(count: 1).text(of: "d.t")
                == "d.t: removed what 1 interrupted window left behind\n")
        #expect(RunEvent.repaired(reason: "why").text(of: "d.t") == "d.t: mended the watermark: why\n")
        #expect(
            RunEvent.retrying(error, attempt: 2).text(of: "d.t")
                == "d.t: try 2 failed, trying again: ClickHouse went away\n")
        #expect(planned(1).text(of: "d.t") == nil)
    }
}
