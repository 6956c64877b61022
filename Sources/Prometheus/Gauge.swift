/// A number that goes up and down: a lag, a time stamp, files in work.
public struct Gauge: Sendable {
    let family: Family<GaugeSeries>

    public func set(_ value: Double, _ labels: [String: String] = [:]) {
        family.update(labels) { $0.value = value }
    }

    /// The same, or takes the series away while nobody knows the value.
    public func set(_ value: Double?, _ labels: [String: String] = [:]) {
        if let value { set(value, labels) } else { remove(labels) }
    }

    /// Adds `amount`, which may be negative.
    public func add(_ amount: Double, _ labels: [String: String] = [:]) {
        family.update(labels) { $0.value += amount }
    }

    /// Takes the series away: a value that is no longer known must not be shown as if it were.
    public func remove(_ labels: [String: String] = [:]) {
        family.remove(labels)
    }
}

struct GaugeSeries: Series {
    static let kind = MetricKind.gauge
    var value = 0.0

    init(shape: NoShape, created: Double) {}

    func write(_ name: String, _ labels: [(String, String)], into writer: inout ExpositionWriter) {
        writer.sample(name, labels, value)
    }
}
