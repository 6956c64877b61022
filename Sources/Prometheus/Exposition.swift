/// The text format a scrape is answered in, and how a scraper's `Accept` header chooses it.
public enum Exposition: Sendable, CaseIterable {
    /// Prometheus text format 0.0.4.
    case text
    /// OpenMetrics 1.0: `# EOF` at the end, `_created` beside every total.
    case openMetrics

    /// The `Content-Type` to answer with.
    public var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// OpenMetrics where the client prefers it or likes both alike; plain text for everybody else, a missing
    /// or unreadable header included: a scrape is better answered in the older format than refused.
    public static func negotiate(accept: String?) -> Exposition {
        var openMetrics = 0.0
        var text = 0.0
        for range in (accept ?? "").split(separator: ",").map(MediaRange.init) {
            switch range.type {
            case "application/openmetrics-text" where range.version == nil || range.version == "1.0.0":
                openMetrics = max(openMetrics, range.quality)
            case "text/plain", "text/*", "*/*":
                text = max(text, range.quality)
            default:
                continue
            }
        }
        return openMetrics > 0 && openMetrics >= text ? .openMetrics : .text
    }
}

/// One entry of an `Accept` header (RFC 9110, 12.5.1).
private struct MediaRange {
    let type: String
    var version: String?
    var quality = 1.0

    init(_ entry: Substring) {
        let parts = entry.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
        type = parts.first ?? ""
        for parameter in parts.dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2 else { continue }
            if pair[0] == "version" { version = pair[1] }
            if pair[0] == "q" { quality = Double(pair[1]) ?? 0 }
        }
    }
}
