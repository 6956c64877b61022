/// Facts about the process as labels of a series that is always 1: version, build, settings.
public struct Info: Sendable {
    let family: Family<InfoSeries>

    /// Replaces what was said before: a fact that has changed must not stand beside its old self.
    public func set(_ labels: [String: String]) {
        family.replaceAll(with: labels)
    }
}

struct InfoSeries: Series {
    static let kind = MetricKind.info

    init(shape: NoShape, created: Double) {}

    func write(_ name: String, _ labels: [(String, String)], into writer: inout ExpositionWriter) {
        writer.sample(name, labels, 1)
    }
}
