// What `watermark init|rewind|repair` looked at, and what came of it, for people and for programs.
import Iceberg
import OffloadCore

struct RecoveryReport {
    let verb: String
    let facts: Recovery
    let isDryRun: Bool
    /// Nil: there is nothing to change.
    var correction: Correction?

    init(verb: String, facts: Recovery, isDryRun: Bool) {
        self.verb = verb
        self.facts = facts
        self.isDryRun = isDryRun
    }

    /// What each witness says, a line each.
    var factText: String {
        """
        \(facts.table.name) -> \(facts.table.definition.target)
          watermark  \(place(facts.watermark.position, facts.watermark.lastBatch?.id))
          ledger     \(line(facts.windows))
          Iceberg    \(lakeText)

        """
    }

    var outcomeText: String {
        guard let correction else { return "nothing to \(verb): watermark, ledger and Iceberg agree\n" }
        var text = "\(correction.reason)\n"
        text += isDryRun ? "would set" : "set"
        text +=
            " the watermark from \(facts.text(correction.before.position)) to \(facts.text(correction.after.position))"
        if !correction.adopted.isEmpty { text += ", enter \(counted(correction.adopted)) into the ledger" }
        if !correction.struck.isEmpty { text += ", strike \(counted(correction.struck)) off the ledger" }
        if correction.mark != nil { text += ", write the mark of the Iceberg table anew" }
        return text + (isDryRun ? "; nothing was changed\n" : "\n")
            + "next: "
            + (isDryRun
                ? "the same without --dry-run\n" : "iceberg-offload cycle --table \(facts.table.name)\n")
    }

    /// - Parameter error: why it was refused; nil: it was not.
    func json(_ error: OffloadError?) -> JSONValue {
        [
            "table": .string(facts.table.name), "target": .string(facts.table.definition.target),
            "verb": .string(verb), "dry_run": .bool(isDryRun),
            "outcome": error != nil
                ? "refused" : correction == nil ? "nothing_to_do" : isDryRun ? "would_change" : "changed",
            "watermark": .string(facts.text(facts.watermark.position)),
            "ledger_windows": .int(Int64(facts.windows.count)),
            "iceberg_windows": .init(facts.lake.map { Int64($0.windows.count) }),
            "to": .init(correction.map { facts.text($0.after.position) }),
            "reason": .init(correction?.reason),
            "adopted": .int(Int64(correction?.adopted.count ?? 0)),
            "struck": .int(Int64(correction?.struck.count ?? 0)),
            "error": error?.json ?? .null,
        ]
    }

    private var lakeText: String {
        guard let lake = facts.lake else { return "there is no such table" }
        let rows = lake.files.reduce(0) { $0 + $1.rowCount }.counted("row")
        guard let mark = lake.table.mark.propertyBatch else { return "\(rows), no window of ours" }
        let head = lake.table.mark.mainBatch
        let main =
            head == mark
            ? "" : ", but main is at \(head.map { "batch \($0)" } ?? "another writer's snapshot")"
        return "\(rows); marked \(place(lake.table.mark.propertyPosition, mark))\(main)"
    }

    private func line(_ windows: [CommittedWindow]) -> String {
        guard let last = windows.last else { return "no window" }
        return "\(counted(windows)) with \(windows.reduce(0) { $0 + $1.window.rowCount }.counted("row")), "
            + "through \(place(last.window.high, last.batch))"
    }

    private func counted(_ windows: [CommittedWindow]) -> String { windows.count.counted("window") }

    private func place(_ position: CursorValue?, _ batch: BatchID?) -> String {
        guard let position else { return "none" }
        return facts.text(position) + (batch.map { ", batch \($0)" } ?? "")
    }
}
