/// A number that only grows: rows moved, errors met.
public struct Counter: Sendable {
    let family: Family<CounterSeries>

    /// Adds `amount`, which is 0 or more. Adding 0 makes the series appear, so that its first increase is
    /// seen as one.
    public func add(_ amount: Double = 1, _ labels: [String: String] = [:]) {
        precondition(amount >= 0, "\(family.name) is a counter and cannot grow by \(amount)")
        family.update(labels) { $0.value += amount }
    }
}

struct CounterSeries: Series {
    static let kind = MetricKind.counter
    let created: Double
    var value = 0.0

    init(shape: NoShape, created: Double) {
        self.created = created
    }

    func write(_ name: String, _ labels: [(String, String)], into writer: inout ExpositionWriter) {
        writer.sample(name, labels, value)
        writer.created(Self.kind.openMetricsFamily(of: name), labels, created)
    }
}
