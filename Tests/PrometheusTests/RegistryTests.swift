// Declaring metrics, the life of a series, and many hands at once.
import Testing

@testable import Prometheus

@Suite struct RegistryTests {
    let registry = Registry(now: { 1 })

    @Test func declaringTwiceFindsTheSameMetric() throws {
        try registry.counter("c_total", help: "first").add(1)
        try registry.counter("c_total", help: "second").add(2)
        #expect(registry.render() == "# HELP c_total first\n# TYPE c_total counter\nc_total 3\n")
    }

    @Test func anotherKindLabelOrShapeUnderTheSameNameIsRefused() throws {
        _ = try registry.gauge("g", help: "", labels: ["a"])
        _ = try registry.histogram("h", help: "", buckets: [1])
        expect(.conflict) { _ = try registry.histogram("g", help: "", labels: ["a"], buckets: [1]) }
        expect(.conflict) { _ = try registry.gauge("g", help: "", labels: ["b"]) }
        expect(.conflict) { _ = try registry.histogram("h", help: "", buckets: [2]) }
    }

    @Test func namesThatWouldMeetInTheAnswerAreRefused() throws {
        _ = try registry.histogram("h", help: "", buckets: [1])
        _ = try registry.counter("c_total", help: "")
        expect(.conflict) { _ = try registry.gauge("h_count", help: "") }
        expect(.conflict) { _ = try registry.gauge("c", help: "") }
        expect(.conflict) { _ = try registry.gauge("c_created", help: "") }
    }

    @Test(arguments: ["", "9a", "a b", "a-b", "ä", "a\n"])
    func badMetricNamesAreRefused(name: String) {
        expect(.invalidName) { _ = try registry.gauge(name, help: "") }
    }

    @Test func countersAndInfosCarryTheirSuffix() {
        expect(.invalidName) { _ = try registry.counter("rows", help: "") }
        expect(.invalidName) { _ = try registry.counter("_total", help: "") }
        expect(.invalidName) { _ = try registry.info("build", help: "", labels: []) }
    }

    @Test func badLabelsAreRefused() {
        for labels in [["a:b"], ["__name"], [""], ["a", "a"], ["1"]] {
            expect(.invalidName) { _ = try registry.gauge("g", help: "", labels: labels) }
        }
        expect(.invalidName) { _ = try registry.histogram("h", help: "", labels: ["le"], buckets: [1]) }
        expect(.invalidName) { _ = try registry.summary("s", help: "", labels: ["quantile"]) }
    }

    @Test func badShapesAreRefused() {
        for buckets in [[], [2, 1], [1, 1], [1, .infinity], [.nan]] as [[Double]] {
            expect(.invalidShape) { _ = try registry.histogram("h", help: "", buckets: buckets) }
        }
        for quantiles in [[1.1], [-0.1], [0.9, 0.5], [.nan]] as [[Double]] {
            expect(.invalidShape) { _ = try registry.summary("s", help: "", quantiles: quantiles) }
        }
        expect(.invalidShape) { _ = try registry.summary("s", help: "", window: 0) }
    }

    @Test func metricsWithoutLabelsAreThereFromTheStart() throws {
        _ = try registry.counter("c_total", help: "")
        _ = try registry.counter("d_total", help: "", labels: ["table"])
        #expect(sampleLines() == ["c_total 0"])
    }

    @Test func createdSeriesStartEmpty() throws {
        try registry.histogram("h", help: "", labels: ["t"], buckets: [1]).create(["t": "a"])
        try registry.summary("s", help: "", labels: ["t"], quantiles: [0.5]).create(["t": "a"])
        #expect(
            sampleLines() == [
                #"h_bucket{t="a",le="1.0"} 0"#, #"h_bucket{t="a",le="+Inf"} 0"#, #"h_sum{t="a"} 0"#,
                #"h_count{t="a"} 0"#, #"s{t="a",quantile="0.5"} NaN"#, #"s_sum{t="a"} 0"#,
                #"s_count{t="a"} 0"#,
            ])
    }

    @Test func aTableThatLeavesTakesItsSeriesAlong() throws {
        let lag = try registry.gauge("lag", help: "", labels: ["table"])
        let rows = try registry.counter("rows_total", help: "", labels: ["layer", "table"])
        _ = try registry.counter("cycles_total", help: "")
        for table in ["a", "b"] {
            lag.set(1, ["table": table])
            rows.add(1, ["table": table, "layer": "b"])
        }
        registry.removeSeries(label: "table", value: "b")
        #expect(
            sampleLines() == ["cycles_total 0", #"lag{table="a"} 1"#, #"rows_total{layer="b",table="a"} 1"#])
        lag.remove(["table": "a"])
        lag.remove(["table": "never seen"])
        #expect(sampleLines() == ["cycles_total 0", #"rows_total{layer="b",table="a"} 1"#])
    }

    @Test func anInfoReplacesWhatItSaidBefore() throws {
        let info = try registry.info("i_info", help: "", labels: ["tables"])
        info.set(["tables": "a"])
        info.set(["tables": "a,b"])
        #expect(sampleLines() == [#"i_info{tables="a,b"} 1"#])
    }

    @Test func quantilesForgetWhatLeftTheWindow() throws {
        let summary = try registry.summary("s", help: "", quantiles: [0, 0.5, 1], window: 3)
        for value in [100.0, 200, 1, 2, 3] { summary.observe(value) }
        #expect(
            sampleLines() == [
                #"s{quantile="0.0"} 1"#, #"s{quantile="0.5"} 2"#, #"s{quantile="1.0"} 3"#, "s_sum 306",
                "s_count 5",
            ])
    }

    @Test func aValueOnABoundBelongsToThatBucketAndNaNToNone() throws {
        let histogram = try registry.histogram("h", help: "", buckets: [1, 2])
        for value in [1, 2, .infinity, .nan] as [Double] { histogram.observe(value) }
        #expect(
            sampleLines() == [
                #"h_bucket{le="1.0"} 1"#, #"h_bucket{le="2.0"} 2"#, #"h_bucket{le="+Inf"} 4"#, "h_sum NaN",
                "h_count 4",
            ])
    }

    @Test func manyTasksLoseNoIncrement() async throws {
        let counter = try registry.counter("c_total", help: "", labels: ["task"])
        let histogram = try registry.histogram("h", help: "", buckets: [0.5])
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for step in 0..<1_000 {
                        counter.add(1, ["task": "\(task % 2)"])
                        histogram.observe(Double(step % 2))
                        if step % 250 == 0 { _ = registry.render(.openMetrics) }
                    }
                }
            }
        }
        #expect(
            sampleLines() == [
                #"c_total{task="0"} 4000"#, #"c_total{task="1"} 4000"#, #"h_bucket{le="0.5"} 4000"#,
                #"h_bucket{le="+Inf"} 8000"#, "h_sum 4000", "h_count 8000",
            ])
    }

    private func sampleLines() -> [String] {
        registry.render().split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    private func expect(_ code: PrometheusError.Code, _ declare: () throws -> Void) {
        let error = #expect(throws: PrometheusError.self, performing: declare)
        #expect(error?.code == code)
    }
}
