// Keeps config/offload.example.yaml true: it parses, names every key, and gives every default as it is.
import Foundation
import Testing

@testable import OffloadCommand

@Suite struct ExampleConfigurationTests {
    private let path = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("config/offload.example.yaml").path

    @Test func theExampleIsAccepted() throws {
        try withTemporaryFolder { credentials in
            try writeFile("one\n", to: credentials + "/clickhouse-password")
            try writeFile("two\n", to: credentials + "/postgres-password")
            let configuration = try OffloadConfiguration.load(
                path, environment: ["CREDENTIALS_DIRECTORY": credentials])
            #expect(configuration.clickhouse.password?.reveal() == "one")
            #expect(configuration.postgres.password?.reveal() == "two")
            #expect(
                configuration.tables.map(\.target.description) == [
                    "cold.bronze_trades_binance", "cold.gold_ohlcv_1m",
                ])
            #expect(configuration.schedule == ScheduleConfiguration())
            #expect(configuration.metrics == MetricsConfiguration())
            #expect(configuration.log == LogConfiguration())
            #expect(configuration.defaults == TableConfiguration())
        }
    }

    @Test func theExampleNamesEveryKeyWithItsDefault() throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for key in ConfigurationKey.all {
            let name = String(key.path.split(separator: ".").last ?? "")
            // At a line's beginning, indented, behind a comment's sign, or in braces.
            let isNamed = ["\n", " ", "{"].contains { text.contains("\($0)\(name):") }
            #expect(isNamed, "\(key.path) is not in the example")
            if let value = key.defaultText {
                #expect(text.contains("\(name): \(value)"), "\(key.path) is \(value) by default")
            }
            #expect(!key.meaning.isEmpty && !key.form.isEmpty)
        }
    }

    @Test func theKeysAreListedWithTheirPlaces() {
        let paths = ConfigurationKey.all.map(\.path)
        #expect(Set(paths).count == paths.count)
        for path in [
            "clickhouse.password_file", "schedule.interval", "tables.[].cursor", "tables.[].columns.*.as",
        ] {
            #expect(paths.contains(path))
        }
        let interval = ConfigurationKey.all.first { $0.path == "schedule.interval" }
        #expect(interval?.defaultText == "15m")
        #expect(interval?.form == "a duration of 1s to 1d, such as 90s or 1h30m")
    }
}
