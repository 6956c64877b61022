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
            "✓ \(table): \(tally.rowCount.counted("row")) in \(tally.windowCount.counted("window")), \(duration.shortText)\n"
        case .busy(let holder): "· \(table): busy, \(holder) is at it\n"
        case .failed: "✗ \(table): failed after \(tally.rowCount.counted("row")), \(duration.shortText)\n"
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

    /// `1 window`, `1,234 windows`
    func counted(_ noun: String) -> String {
        self == 1 ? "1 \(noun)" : "\(grouped) \(noun)s"
    }
}

extension Duration {
    /// `0.5 s`, `3 min 20 s`, `5 h 12 min`, `3 d 4 h`
    var shortText: String {
        let tenths = (inSeconds * 10).rounded()
        guard tenths >= 600 else { return "\(tenths / 10) s" }
        let seconds = Int64(tenths / 10)
        if seconds < 3_600 { return "\(seconds / 60) min \(seconds % 60) s" }
        if seconds < 86_400 { return "\(seconds / 3_600) h \(seconds / 60 % 60) min" }
        return "\(seconds / 86_400) d \(seconds / 3_600 % 24) h"
    }
}
