/// How often a value fell under each of a few fixed bounds: durations, sizes.
public struct Histogram: Sendable {
    let family: Family<HistogramSeries>

    public func observe(_ value: Double, _ labels: [String: String] = [:]) {
        family.update(labels) { $0.observe(value) }
    }

    /// Makes the series appear with nothing observed.
    public func create(_ labels: [String: String] = [:]) {
        family.update(labels) { _ in }
    }
}

struct HistogramSeries: Series {
    static let kind = MetricKind.histogram
    /// The upper bounds, each inclusive; `+Inf` is implied.
    let bounds: [Double]
    let created: Double
    private var counts: [UInt64]
    private var sum = 0.0

    init(shape bounds: [Double], created: Double) {
        self.bounds = bounds
        self.created = created
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    mutating func observe(_ value: Double) {
        // NaN is under no bound, so it is counted by `+Inf` alone.
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    func write(_ name: String, _ labels: [(String, String)], into writer: inout ExpositionWriter) {
        var cumulative: UInt64 = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            cumulative += count
            let le = ("le", ExpositionWriter.bound(bound))
            writer.sample(name + "_bucket", labels + [le], Double(cumulative))
        }
        writer.sample(name + "_sum", labels, sum)
        writer.sample(name + "_count", labels, Double(cumulative))
        writer.created(name, labels, created)
    }

    static func check(_ bounds: [Double], of name: String) throws {
        let isAscending = zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
        guard !bounds.isEmpty, isAscending, bounds.allSatisfy(\.isFinite) else {
            throw PrometheusError(
                code: .invalidShape, message: "the buckets of \(name) must be finite and ascending",
                context: ["metric": name, "buckets": "\(bounds)"])
        }
    }
}
