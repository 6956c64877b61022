// What a dry run says, for people and for programs.
import Iceberg
import OffloadCore

extension Backlog {
    /// `k2.trades -> cold.trades: 1,234 rows, 2026-01-01 00:00:00 to 2026-01-01 00:15:00, at least 3 windows`
    var text: String {
        let route = "\(table) -> \(target): "
        guard let lowest, let highest else { return route + "nothing to do\n" }
        return route + "\(rowCount.counted("row")), \(lowest) to \(highest), at least "
            + "\(windowCountMin.counted("window"))\n"
    }

    var json: JSONValue {
        [
            "table": .string(table), "target": .string(target), "rows": .int(rowCount),
            "from": .init(lowest), "to": .init(highest),
            "windows_at_least": .int(windowCountMin),
        ]
    }
}
