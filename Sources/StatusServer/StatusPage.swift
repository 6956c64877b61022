// The page for people: where every table stands, at a glance, on any screen.
import OffloadCore
import OffloadDaemon

/// One HTML page without a script and without anything from elsewhere.
struct StatusPage {
    let snapshot: StatusBoard.Snapshot
    let health: Health
    /// Microseconds since 1970.
    let now: Int64

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="refresh" content="15">
        <title>\(health.level.name) · iceberg-offload</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <h1>iceberg-offload <span class="\(health.level.name)">\(health.level.name)</span></h1>
        <p>\(Self.escaped(snapshot.phase.description))</p>
        \(reasons)
        <h2>Tables</h2>
        \(tables)
        <h2>Last cycles</h2>
        \(cycles)
        <p class="quiet">\(UTCTime(microseconds: now).text) · \(figures) · <a href="metrics">metrics</a> ·
        <a href="health">health</a></p>
        </body>
        </html>

        """
    }

    private var figures: String {
        snapshot.readAtMicroseconds.map { "figures of \(ago($0))" } ?? "no figures yet"
    }

    private var reasons: String {
        guard !health.reasons.isEmpty else { return "" }
        let items = health.reasons.map { reason in
            """
            <li><span class="\(reason.level.name)">\(reason.level.name)</span> \
            \(Self.escaped(reason.table.map { "\($0): " } ?? ""))\(Self.escaped(reason.message)) \
            <code>\(Self.escaped(reason.command))</code></li>
            """
        }
        return "<ul>\n\(items.joined(separator: "\n"))\n</ul>"
    }

    private var tables: String {
        let rows = snapshot.tables.map { status in
            [
                ("Table", status.table), ("State", status.state ?? "no turn yet"),
                ("Watermark", status.watermark ?? "none"),
                ("Lag", status.lagSeconds(atMicroseconds: now).map { age($0) } ?? "unknown"),
                ("Pending rows", status.pendingRowCount.map(String.init) ?? "unknown"),
                ("Last success", status.lastSuccessMicroseconds.map(ago) ?? "never"),
                ("Failures", String(status.failureCount)), ("Last error", status.lastError ?? ""),
            ]
        }
        return table(rows, empty: "Nothing has been read yet.")
    }

    private var cycles: String {
        let rows = snapshot.cycles.map { cycle in
            [
                ("Started", UTCTime(microseconds: cycle.startedAtMicroseconds).text),
                ("Status", cycle.status.rawValue), ("Duration", age(cycle.seconds)),
                ("Rows", String(cycle.rowCount)), ("Tables", String(cycle.tableCount)),
                ("Failed", String(cycle.failedCount)), ("By", cycle.holder),
            ]
        }
        return table(rows, empty: "No cycle has been recorded yet.")
    }

    /// A narrow screen shows each row as a card, whose cells carry their column's name.
    private func table(_ rows: [[(name: String, value: String)]], empty: String) -> String {
        guard let first = rows.first else { return "<p>\(empty)</p>" }
        let head = first.map { "<th>\($0.name)</th>" }.joined()
        let body = rows.map { row in
            "<tr>" + row.map { "<td data-name=\"\($0.name)\">\(Self.escaped($0.value))</td>" }.joined()
                + "</tr>"
        }
        return
            "<table>\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(body.joined(separator: "\n"))\n</tbody>\n</table>"
    }

    private func ago(_ instant: Int64) -> String {
        "\(age(Double(now - instant) / 1e6)) ago"
    }

    private func age(_ seconds: Double) -> String {
        let seconds = min(max(0, seconds), 1e12)
        switch seconds {
        case ..<10: return "\((seconds * 10).rounded() / 10) s"
        case ..<120: return "\(Int(seconds)) s"
        case ..<7200: return "\(Int(seconds / 60)) min"
        case ..<172_800: return "\(Int(seconds / 3600)) h"
        default: return "\(Int(seconds / 86_400)) d"
        }
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    private static let style = """
        :root{color-scheme:light dark;--line:#ccc;--quiet:#666;--ok:#0a7d33;--warning:#b25e00;--critical:#c62828}
        @media(prefers-color-scheme:dark){:root{--line:#444;--quiet:#999;--ok:#4cc47a;--warning:#f0a040;--critical:#ff6b6b}}
        body{font:15px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
        .ok,.warning,.critical{font-weight:600}.ok{color:var(--ok)}
        .warning{color:var(--warning)}.critical{color:var(--critical)}.quiet{color:var(--quiet)}
        table{border-collapse:collapse;width:100%}
        th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
        td{overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
        @media(max-width:50rem){thead{display:none}table,tbody{display:block}
        tr{display:block;margin:0 0 1rem;border:1px solid var(--line);border-radius:.4rem}
        td{display:flex;justify-content:space-between;gap:1rem}td:last-child{border-bottom:0}
        td::before{content:attr(data-name);color:var(--quiet)}}
        """
}
