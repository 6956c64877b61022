/// Count, sum, and quantiles over the most recent observations: speeds, sizes.
public struct Summary: Sendable {
    let family: Family<SummarySeries>

    public func observe(_ value: Double, _ labels: [String: String] = [:]) {
        family.update(labels) { $0.observe(value) }
    }

    /// Makes the series appear with nothing observed; its quantiles are NaN.
    public func create(_ labels: [String: String] = [:]) {
        family.update(labels) { _ in }
    }
}

struct SummarySeries: Series {
    struct Shape: Equatable, Sendable {
        let quantiles: [Double]
        /// How many of the latest observations the quantiles speak of, which is all the memory a series
        /// takes.
        let window: Int
    }

    static let kind = MetricKind.summary
    let shape: Shape
    let created: Double
    /// A ring: once full, the observation number `n` stands at `n % window`.
    private var recent: [Double] = []
    private var count: UInt64 = 0
    private var sum = 0.0

    init(shape: Shape, created: Double) {
        self.shape = shape
        self.created = created
    }

    mutating func observe(_ value: Double) {
        if recent.count < shape.window {
            recent.append(value)
        } else {
            recent[Int(count % UInt64(shape.window))] = value
        }
        count += 1
        sum += value
    }

    func write(_ name: String, _ labels: [(String, String)], into writer: inout ExpositionWriter) {
        let sorted = recent.sorted()
        for quantile in shape.quantiles {
            // Nearest rank: the smallest observation that at least this share of all are not above.
            let rank = max(0, Int((quantile * Double(sorted.count)).rounded(.up)) - 1)
            let label = ("quantile", ExpositionWriter.bound(quantile))
            writer.sample(name, labels + [label], sorted.isEmpty ? .nan : sorted[rank])
        }
        writer.sample(name + "_sum", labels, sum)
        writer.sample(name + "_count", labels, Double(count))
        writer.created(name, labels, created)
    }

    static func check(_ shape: Shape, of name: String) throws {
        let isAscending = zip(shape.quantiles, shape.quantiles.dropFirst()).allSatisfy { $0 < $1 }
        let isInRange = shape.quantiles.allSatisfy { (0...1).contains($0) }
        guard isAscending, isInRange, (1...100_000).contains(shape.window) else {
            throw PrometheusError(
                code: .invalidShape,
                message: "the quantiles of \(name) must ascend within 0 to 1, its window be 1 to 100000",
                context: ["metric": name, "quantiles": "\(shape.quantiles)", "window": "\(shape.window)"])
        }
    }
}
