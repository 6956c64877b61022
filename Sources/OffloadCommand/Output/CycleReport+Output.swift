// A cycle's report for people and for programs.
import Iceberg
import OffloadCore

extension TableReport {
    var isBusy: Bool {
        if case .busy = result { return true }
        return false
    }

    /// One line: `✓ k2.trades  1,234 rows in 2 windows, 0.5 s`.
    var text: String {
        switch result {
        case .success where tally.rowCount == 0: "✓ \(table): no new rows\n"
        case .success:
            "✓ \(table): \(tally.rowCount.grouped) rows in \(tally.windowCount) windows, \(duration.shortText)\n"
        case .busy(let holder): "· \(table): busy, \(holder) is at it\n"
        case .failed: "✗ \(table): failed after \(tally.rowCount.grouped) rows, \(duration.shortText)\n"
        }
    }

    var json: JSONValue {
        let status: String
        var fields: [(String, JSONValue)] = []
        switch result {
        case .success: status = "success"
        case .busy(let holder):
            status = "busy"
            fields.append(("holder", .string(holder)))
        case .failed(let error):
            status = "failed"
            fields.append(("error", error.json))
        }
        return .object(
            [
                ("table", .string(table)), ("status", .string(status)), ("rows", .int(tally.rowCount)),
                ("windows", .int(Int64(tally.windowCount))), ("bytes", .int(tally.byteCount)),
                ("milliseconds", .int(Int64(duration.inSeconds * 1000))),
            ] + fields)
    }
}

extension CycleReport {
    var text: String { tables.map(\.text).joined() }

    var json: JSONValue {
        [
            "status": .string(status.rawValue), "rows": .int(rowCount),
            "milliseconds": .int(Int64(duration.inSeconds * 1000)), "tables": .array(tables.map(\.json)),
        ]
    }
}

extension OffloadError {
    var json: JSONValue {
        .object(
            [("code", .string(code.rawValue)), ("message", .string(message))]
                + (hint.map { [("hint", .string($0))] } ?? []))
    }
}

extension BinaryInteger {
    /// `1,234,567`
    var grouped: String {
        let digits = String(magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + text
    }
}

extension Duration {
    /// `0.5 s`, `12.4 s`, `3 min 20 s`
    var shortText: String {
        let seconds = inSeconds
        if seconds < 60 { return "\((seconds * 10).rounded() / 10) s" }
        return "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
    }
}
