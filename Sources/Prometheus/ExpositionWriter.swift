/// Writes families and samples as lines of text, with escaping and all that differs between the formats.
struct ExpositionWriter {
    let format: Exposition
    private(set) var text = ""

    init(format: Exposition) {
        self.format = format
    }

    /// The family's lines before its samples. OpenMetrics names a counter's or an info's family without the
    /// suffix that its sample carries, and 0.0.4 knows no `info`, which is shown as the gauge it always was.
    mutating func header(_ name: String, kind: MetricKind, help: String) {
        let family = format == .openMetrics ? kind.openMetricsFamily(of: name) : name
        let type = format == .text && kind == .info ? "gauge" : kind.rawValue
        // 0.0.4 leaves a quote in the help as it is; OpenMetrics escapes it as in a label value.
        text += "# HELP \(family) \(escaped(help, quotes: format == .openMetrics))\n"
        text += "# TYPE \(family) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        text += name
        if !labels.isEmpty {
            text += "{"
            text += labels.map { "\($0)=\"\(escaped($1, quotes: true))\"" }.joined(separator: ",")
            text += "}"
        }
        text += " \(number(value))\n"
    }

    /// When the series began, in Unix seconds; OpenMetrics only: 0.0.4 would take it for a metric of its own.
    mutating func created(_ name: String, _ labels: [(String, String)], _ seconds: Double) {
        if format == .openMetrics { sample(name + "_created", labels, seconds) }
    }

    mutating func finish() {
        if format == .openMetrics { text += "# EOF\n" }
    }

    /// The canonical form of a bucket's or quantile's bound, which OpenMetrics asks to hold a point: `5.0`,
    /// `+Inf`.
    static func bound(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return "\(value)"
    }

    private func number(_ value: Double) -> String {
        // Beyond 2^53 a whole number is no longer exact; the shortest form that reads back the same is.
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return "\(whole)" }
        return Self.bound(value)
    }

    private func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
