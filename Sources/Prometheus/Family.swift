/// All series of one metric name: what they share, and the state of each under one lock.
import Synchronization

/// The state of one series, and the sample lines it prints.
protocol Series: Sendable {
    /// What all series of a family have in common: buckets, quantiles, or nothing.
    associatedtype Shape: Equatable & Sendable
    static var kind: MetricKind { get }

    init(shape: Shape, created: Double)
    func write(_ name: String, _ labels: [(String, String)], into writer: inout ExpositionWriter)
}

/// The shape of kinds that need none.
struct NoShape: Equatable, Sendable {}

/// What the registry asks of a family without knowing its kind.
protocol AnyFamily: Sendable {
    var name: String { get }
    func write(into writer: inout ExpositionWriter)
    func removeSeries(label: String, value: String)
}

final class Family<State: Series>: AnyFamily {
    let name: String
    let help: String
    let labelNames: [String]
    let shape: State.Shape
    private let now: @Sendable () -> Double
    /// By label values, in the order of `labelNames`.
    private let series = Mutex<[[String]: State]>([:])

    init(
        _ name: String, help: String, labels: [String], shape: State.Shape,
        now: @escaping @Sendable () -> Double
    ) {
        self.name = name
        self.help = help
        self.labelNames = labels
        self.shape = shape
        self.now = now
    }

    /// Changes one series, which begins here if it is new.
    func update(_ labels: [String: String], _ change: (inout State) -> Void) {
        let key = key(of: labels)
        series.withLock { series in
            change(&series[key, default: State(shape: shape, created: now())])
        }
    }

    func remove(_ labels: [String: String]) {
        let key = key(of: labels)
        series.withLock { _ = $0.removeValue(forKey: key) }
    }

    /// Leaves exactly one series.
    func replaceAll(with labels: [String: String]) {
        let key = key(of: labels)
        series.withLock { $0 = [key: State(shape: shape, created: now())] }
    }

    func removeSeries(label: String, value: String) {
        guard let position = labelNames.firstIndex(of: label) else { return }
        series.withLock { series in
            series = series.filter { $0.key[position] != value }
        }
    }

    func write(into writer: inout ExpositionWriter) {
        writer.header(name, kind: State.kind, help: help)
        let sorted = series.withLock { $0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (values, state) in sorted {
            state.write(name, Array(zip(labelNames, values)), into: &writer)
        }
    }

    private func key(of labels: [String: String]) -> [String] {
        precondition(
            labels.count == labelNames.count && labelNames.allSatisfy { labels[$0] != nil },
            "\(name) has the labels \(labelNames), not \(labels.keys.sorted())")
        return labelNames.compactMap { labels[$0] }
    }
}
