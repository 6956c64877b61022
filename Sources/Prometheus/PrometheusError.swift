/// Why a metric could not be registered.
public struct PrometheusError: Error, Equatable, Sendable {
    public enum Code: String, Sendable {
        /// A metric or label name breaks the data model's or OpenMetrics' rules for names.
        case invalidName
        /// Buckets or quantiles are empty, unordered or out of range.
        case invalidShape
        /// The name is taken by a metric of another kind, with other labels, buckets or quantiles.
        case conflict
    }

    public let code: Code
    public let message: String
    /// The metric's name as it was asked for, and what stands in its way.
    public let context: [String: String]

    /// Always nil: nothing lies beneath a wrong declaration.
    public var underlying: (any Error)? { nil }
    /// Always false: the same declaration fails again.
    public var isRetryable: Bool { false }
    public var hint: String? { "Correct the declaration of the metric." }
}

extension PrometheusError: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { message }

    public var debugDescription: String {
        let pairs = context.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return "PrometheusError.\(code.rawValue): \(message) [\(pairs.joined(separator: " "))]"
    }
}
