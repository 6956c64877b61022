// How far a run has come, made from what it tells while it runs.
import OffloadCore

/// Rows planned and rows committed, and what follows from them and the time.
struct Progress {
    private(set) var plannedRowCount: Int64 = 0
    private(set) var committedRowCount: Int64 = 0
    /// When the first plan was known: only from then on rows move.
    private var begin: ContinuousClock.Instant?

    mutating func observe(_ event: RunEvent, at instant: ContinuousClock.Instant) {
        switch event {
        case .planned(_, let rowCount, _):
            plannedRowCount += rowCount
            begin = begin ?? instant
        case .committed(_, let receipt, _, _):
            committedRowCount += receipt.rowCount
        case .started, .sweptStrays, .repaired, .retrying, .heartbeat:
            break
        }
    }

    /// `1,234 of 5,000 rows (24%), 617 rows/s, 6.1 s left`; nil as long as there is no plan.
    func line(at instant: ContinuousClock.Instant) -> String? {
        guard let begin, plannedRowCount > 0 else { return nil }
        var line = "\(committedRowCount.grouped) of \(plannedRowCount.grouped) rows (\(percent)%)"
        let seconds = (instant - begin).inSeconds
        guard committedRowCount > 0, seconds > 0 else { return line }
        let rate = Double(committedRowCount) / seconds
        line += ", \(Int64(rate.rounded()).grouped) rows/s"
        let remaining = plannedRowCount - committedRowCount
        if remaining > 0 { line += ", \(Duration.seconds(Double(remaining) / rate).shortText) left" }
        return line
    }

    /// The line with a bar before it: `[######..............] 1,234 of …`.
    func bar(at instant: ContinuousClock.Instant) -> String? {
        line(at: instant).map { line in
            let filled = Int(percent) / 5
            return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled)
                + "] " + line
        }
    }

    /// Whole percent, rounded down, so that 100 means done. Rows that changed since the plan may make it more.
    private var percent: Int64 {
        min(100, Int64(Double(committedRowCount) / Double(max(1, plannedRowCount)) * 100))
    }
}
