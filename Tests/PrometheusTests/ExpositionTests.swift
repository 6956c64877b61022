// The text a scraper reads: whole answers in both formats, escaping, numbers, and the choice by `Accept`.
import Testing

@testable import Prometheus

@Suite struct ExpositionTests {
    @Test func textFormatIsWrittenAsAgreed() throws {
        let text = try exampleRegistry().render(.text)
        #expect(
            text == """
                # HELP build_info What runs.
                # TYPE build_info gauge
                build_info{version="1.0"} 1
                # HELP cycle_seconds Duration of a cycle.
                # TYPE cycle_seconds histogram
                cycle_seconds_bucket{le="0.5"} 0
                cycle_seconds_bucket{le="5.0"} 2
                cycle_seconds_bucket{le="+Inf"} 3
                cycle_seconds_sum 66.25
                cycle_seconds_count 3
                # HELP lag_seconds Data not yet moved.
                # TYPE lag_seconds gauge
                lag_seconds{table="a"} -1.5
                # HELP rows_per_second Speed.
                # TYPE rows_per_second summary
                rows_per_second{table="a",quantile="0.5"} 2
                rows_per_second{table="a",quantile="0.9"} 4
                rows_per_second_sum{table="a"} 10
                rows_per_second_count{table="a"} 4
                # HELP rows_total Rows moved.
                # TYPE rows_total counter
                rows_total{table="a",layer="bronze"} 0
                rows_total{table="b",layer="bronze"} 42

                """)
    }

    @Test func openMetricsIsWrittenAsAgreed() throws {
        let text = try exampleRegistry().render(.openMetrics)
        #expect(
            text == """
                # HELP build What runs.
                # TYPE build info
                build_info{version="1.0"} 1
                # HELP cycle_seconds Duration of a cycle.
                # TYPE cycle_seconds histogram
                cycle_seconds_bucket{le="0.5"} 0
                cycle_seconds_bucket{le="5.0"} 2
                cycle_seconds_bucket{le="+Inf"} 3
                cycle_seconds_sum 66.25
                cycle_seconds_count 3
                cycle_seconds_created 1767225600.5
                # HELP lag_seconds Data not yet moved.
                # TYPE lag_seconds gauge
                lag_seconds{table="a"} -1.5
                # HELP rows_per_second Speed.
                # TYPE rows_per_second summary
                rows_per_second{table="a",quantile="0.5"} 2
                rows_per_second{table="a",quantile="0.9"} 4
                rows_per_second_sum{table="a"} 10
                rows_per_second_count{table="a"} 4
                rows_per_second_created{table="a"} 1767225600.5
                # HELP rows Rows moved.
                # TYPE rows counter
                rows_total{table="a",layer="bronze"} 0
                rows_created{table="a",layer="bronze"} 1767225600.5
                rows_total{table="b",layer="bronze"} 42
                rows_created{table="b",layer="bronze"} 1767225600.5
                # EOF

                """)
    }

    @Test func anEmptyRegistryIsStillAWholeAnswer() {
        #expect(Registry().render(.text) == "")
        #expect(Registry().render(.openMetrics) == "# EOF\n")
    }

    @Test func labelsAndHelpAreEscaped() throws {
        let registry = Registry()
        let gauge = try registry.gauge("g", help: "a \"b\" \\ c\nd", labels: ["l"])
        gauge.set(1, ["l": "x\"y\\z\nü{}=,"])
        let line = #"g{l="x\"y\\z\nü{}=,"} 1"#
        #expect(registry.render(.text) == "# HELP g a \"b\" \\\\ c\\nd\n# TYPE g gauge\n\(line)\n")
        #expect(
            registry.render(.openMetrics)
                == "# HELP g a \\\"b\\\" \\\\ c\\nd\n# TYPE g gauge\n\(line)\n# EOF\n")
    }

    @Test(arguments: [
        (0, "0"), (-0.0, "0"), (1, "1"), (-2.5, "-2.5"), (1e-9, "1e-09"),
        (1_767_225_600.123, "1767225600.123"),
        (9_007_199_254_740_991, "9007199254740991"), (1e300, "1e+300"), (.nan, "NaN"), (.infinity, "+Inf"),
        (-.infinity, "-Inf"),
    ])
    func numbersAreWrittenSoThatTheyReadBackTheSame(value: Double, text: String) throws {
        let registry = Registry()
        try registry.gauge("g", help: "").set(value)
        #expect(registry.render().hasSuffix("\ng \(text)\n"))
    }

    @Test(arguments: [
        (nil, Exposition.text),
        ("", .text),
        ("*/*", .text),
        ("text/plain", .text),
        ("application/openmetrics-text", .openMetrics),
        ("application/openmetrics-text;version=2.0.0", .text),
        ("application/openmetrics-text;version=1.0.0;q=0", .text),
        ("application/openmetrics-text;version=1.0.0;q=0.2, text/plain;q=0.8", .text),
        ("application/openmetrics-text;q=broken", .text),
        (";;,,=;q", .text),
        // What Prometheus 2.42 and 3 send.
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
        ),
        (
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
                + "application/openmetrics-text; version=1.0.0; escaping=allow-utf-8; q=0.5,"
                + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1", .openMetrics
        ),
    ])
    func acceptChoosesTheFormat(accept: String?, format: Exposition) {
        #expect(Exposition.negotiate(accept: accept) == format)
    }

    /// One metric of every kind, declared out of order.
    private func exampleRegistry() throws -> Registry {
        let registry = Registry(now: { 1_767_225_600.5 })
        let rows = try registry.counter("rows_total", help: "Rows moved.", labels: ["table", "layer"])
        rows.add(42, ["table": "b", "layer": "bronze"])
        rows.add(0, ["layer": "bronze", "table": "a"])
        try registry.gauge("lag_seconds", help: "Data not yet moved.", labels: ["table"]).set(
            -1.5, ["table": "a"])
        let cycle = try registry.histogram("cycle_seconds", help: "Duration of a cycle.", buckets: [0.5, 5])
        for seconds in [5, 1.25, 60] { cycle.observe(seconds) }
        let speed = try registry.summary(
            "rows_per_second", help: "Speed.", labels: ["table"], quantiles: [0.5, 0.9])
        for value in [4.0, 1, 3, 2] { speed.observe(value, ["table": "a"]) }
        try registry.info("build_info", help: "What runs.", labels: ["version"]).set(["version": "1.0"])
        return registry
    }
}
