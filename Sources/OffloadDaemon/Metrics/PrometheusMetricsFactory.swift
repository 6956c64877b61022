// Lets the metrics of libraries, which speak swift-metrics, flow into the same scrape.
import CoreMetrics
import Prometheus

/// A swift-metrics backend over a registry. Foreign names are made fit and begin with `lib_`; what still does not
/// fit, such as one name with two sets of labels, goes nowhere rather than stop the process.
public struct PrometheusMetricsFactory: MetricsFactory {
    private let registry: Registry

    public init(_ registry: Registry) {
        self.registry = registry
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return gauge(label, dimensions) ?? NOOPMetricsHandler.instance }
        return summary(label, dimensions, ending: "", scale: 1) ?? NOOPMetricsHandler.instance
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        summary(label, dimensions, ending: "_seconds", scale: 1e-9) ?? NOOPMetricsHandler.instance
    }

    /// Series stay until the process ends, as Prometheus wants it of counters.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> LibraryCounter? {
        let name = LibraryName(label, ending: "_total", dimensions)
        let counter = try? registry.counter(name.text, help: name.help, labels: name.labelNames)
        counter?.add(0, name.labels)
        return counter.map { LibraryCounter(counter: $0, labels: name.labels) }
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> LibraryGauge? {
        let name = LibraryName(label, ending: "", dimensions)
        let gauge = try? registry.gauge(name.text, help: name.help, labels: name.labelNames)
        return gauge.map { LibraryGauge(gauge: $0, labels: name.labels) }
    }

    private func summary(
        _ label: String, _ dimensions: [(String, String)], ending: String, scale: Double
    ) -> LibrarySummary? {
        let name = LibraryName(label, ending: ending, dimensions)
        let summary = try? registry.summary(name.text, help: name.help, labels: name.labelNames)
        return summary.map { LibrarySummary(summary: $0, labels: name.labels, scale: scale) }
    }
}

/// A foreign name and its dimensions in Prometheus's alphabet.
private struct LibraryName {
    let text: String
    let help: String
    let labels: [String: String]

    var labelNames: [String] { labels.keys.sorted() }

    init(_ label: String, ending: String, _ dimensions: [(String, String)]) {
        let name = "lib_" + Self.fit(label)
        text = name.hasSuffix(ending) ? name : name + ending
        help = "\(label), as a library calls it."
        // A leading letter keeps clear of digits, of `__` and of the format's own `le` and `quantile`.
        labels = Dictionary(dimensions.map { ("lib_" + Self.fit($0.0), $0.1) }) { first, _ in first }
    }

    private static func fit(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}

private final class LibraryCounter: CounterHandler, FloatingPointCounterHandler {
    private let counter: Prometheus.Counter
    private let labels: [String: String]

    init(counter: Prometheus.Counter, labels: [String: String]) {
        self.counter = counter
        self.labels = labels
    }

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    /// Libraries are free to pass what a counter cannot take.
    func increment(by amount: Double) {
        if amount > 0, amount.isFinite { counter.add(amount, labels) }
    }

    /// A counter of Prometheus only grows.
    func reset() {}
}

private final class LibraryGauge: MeterHandler, RecorderHandler {
    private let gauge: Prometheus.Gauge
    private let labels: [String: String]

    init(gauge: Prometheus.Gauge, labels: [String: String]) {
        self.gauge = gauge
        self.labels = labels
    }

    func set(_ value: Int64) { gauge.set(Double(value), labels) }
    func set(_ value: Double) { gauge.set(value, labels) }
    func increment(by amount: Double) { gauge.add(amount, labels) }
    func decrement(by amount: Double) { gauge.add(-amount, labels) }
    func record(_ value: Int64) { gauge.set(Double(value), labels) }
    func record(_ value: Double) { gauge.set(value, labels) }
}

private final class LibrarySummary: RecorderHandler, TimerHandler {
    private let summary: Prometheus.Summary
    private let labels: [String: String]
    private let scale: Double

    init(summary: Prometheus.Summary, labels: [String: String], scale: Double) {
        self.summary = summary
        self.labels = labels
        self.scale = scale
    }

    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { summary.observe(value * scale, labels) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration)) }
}
