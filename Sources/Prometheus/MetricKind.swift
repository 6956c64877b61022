/// The kinds of metric, and the names each one takes up.
enum MetricKind: String, Sendable {
    case counter, gauge, histogram, summary, info

    /// The end that a name of this kind must have, so that one name serves both formats.
    var suffix: String {
        switch self {
        case .counter: "_total"
        case .info: "_info"
        case .gauge, .histogram, .summary: ""
        }
    }

    /// The family's name in OpenMetrics: without the suffix that the samples carry.
    func openMetricsFamily(of name: String) -> String {
        String(name.dropLast(suffix.count))
    }

    /// Every name that the family or its samples have in either format; none may belong to two families
    /// (OpenMetrics 1.0, "MetricFamily names ... MUST NOT clash").
    func names(of name: String) -> [String] {
        let family = openMetricsFamily(of: name)
        return switch self {
        case .counter: [family, name, family + "_created"]
        case .info: [family, name]
        case .gauge: [name]
        case .histogram: [name] + ["_bucket", "_count", "_sum", "_created"].map { name + $0 }
        case .summary: [name] + ["_count", "_sum", "_created"].map { name + $0 }
        }
    }

    /// Labels that the format itself writes on this kind's samples.
    var reservedLabel: String? {
        switch self {
        case .histogram: "le"
        case .summary: "quantile"
        case .counter, .gauge, .info: nil
        }
    }

    /// Checks a name and its labels against the Prometheus data model.
    func check(_ name: String, labels: [String]) throws {
        guard Self.isName(name, colon: true), name.hasSuffix(suffix), name.count > suffix.count else {
            let ending = suffix.isEmpty ? "" : " that ends in \(suffix)"
            throw PrometheusError(
                code: .invalidName, message: "\"\(name)\" is not the name of a \(rawValue)\(ending)",
                context: ["metric": name])
        }
        let wrong = labels.first {
            !Self.isName($0, colon: false) || $0.hasPrefix("__") || $0 == reservedLabel
        }
        if let wrong {
            throw PrometheusError(
                code: .invalidName, message: "\"\(wrong)\" cannot be a label of the \(rawValue) \(name)",
                context: ["metric": name, "label": wrong])
        }
        guard Set(labels).count == labels.count else {
            throw PrometheusError(
                code: .invalidName, message: "a label of \(name) is named twice", context: ["metric": name])
        }
    }

    private static func isName(_ text: String, colon: Bool) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
            case UInt8(ascii: ":"): colon
            default: false
            }
        }
    }
}
