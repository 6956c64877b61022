/// The metrics of a process: declared once each, changed from anywhere, printed for a scrape.
import Foundation
import Synchronization

public final class Registry: Sendable {
    private struct State {
        var families: [String: any AnyFamily] = [:]
        /// Every family and sample name in use, with the family it belongs to.
        var owners: [String: String] = [:]
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Double

    /// - Parameter now: the wall clock in Unix seconds, which dates a series' beginning.
    public init(now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }) {
        self.now = now
    }

    /// Declares a counter, or finds the one declared before. Its name ends in `_total`.
    ///
    /// This and the other declarations throw `PrometheusError` for a name, label, bucket or quantile that
    /// breaks the format's rules, and for a name that is taken by something else. The help of the first
    /// declaration stands.
    public func counter(_ name: String, help: String, labels: [String] = []) throws -> Counter {
        Counter(family: try family(name, help, labels, NoShape()))
    }

    public func gauge(_ name: String, help: String, labels: [String] = []) throws -> Gauge {
        Gauge(family: try family(name, help, labels, NoShape()))
    }

    /// Its name ends in `_info`; `labels` are the facts it states.
    public func info(_ name: String, help: String, labels: [String]) throws -> Info {
        Info(family: try family(name, help, labels, NoShape()))
    }

    /// - Parameter buckets: the upper bounds, inclusive and ascending; `+Inf` is added.
    public func histogram(
        _ name: String, help: String, labels: [String] = [], buckets: [Double]
    ) throws -> Histogram {
        try HistogramSeries.check(buckets, of: name)
        return Histogram(family: try family(name, help, labels, buckets))
    }

    /// - Parameters:
    ///   - quantiles: each 0 to 1, ascending; none prints count and sum alone.
    ///   - window: how many of the latest observations the quantiles speak of: 1 to 100,000, 8 bytes each per
    /// series.
    public func summary(
        _ name: String, help: String, labels: [String] = [], quantiles: [Double] = [0.5, 0.9, 0.99],
        window: Int = 256
    ) throws -> Summary {
        let shape = SummarySeries.Shape(quantiles: quantiles, window: window)
        try SummarySeries.check(shape, of: name)
        return Summary(family: try family(name, help, labels, shape))
    }

    /// Takes away every series that carries this label value, as when a table leaves the configuration.
    public func removeSeries(label: String, value: String) {
        for family in state.withLock({ Array($0.families.values) }) {
            family.removeSeries(label: label, value: value)
        }
    }

    /// All families in the order of their names, their series in the order of their label values. Each family
    /// is consistent in itself; between families an update may fall.
    public func render(_ format: Exposition = .text) -> String {
        var writer = ExpositionWriter(format: format)
        for family in state.withLock({ Array($0.families.values) }).sorted(by: { $0.name < $1.name }) {
            family.write(into: &writer)
        }
        writer.finish()
        return writer.text
    }

    private func family<S: Series>(
        _ name: String, _ help: String, _ labels: [String], _ shape: S.Shape
    ) throws -> Family<S> {
        try S.kind.check(name, labels: labels)
        return try state.withLock { state in
            if let known = state.families[name] as? Family<S>, known.labelNames == labels,
                known.shape == shape
            {
                return known
            }
            for taken in S.kind.names(of: name) {
                guard let owner = state.owners[taken] else { continue }
                throw PrometheusError(
                    code: .conflict,
                    message: "the \(S.kind.rawValue) \(name) clashes with \(owner), declared before",
                    context: ["metric": name, "name": taken, "owner": owner])
            }
            let family = Family<S>(name, help: help, labels: labels, shape: shape, now: now)
            // A metric without labels has one series, which is there from the start.
            if labels.isEmpty { family.update([:]) { _ in } }
            state.families[name] = family
            for taken in S.kind.names(of: name) { state.owners[taken] = name }
            return family
        }
    }
}
