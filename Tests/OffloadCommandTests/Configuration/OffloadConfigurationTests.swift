// What a good file means: every key read, every default as documented, and shown again the same.
import Foundation
import Testing
import Yams

@testable import OffloadCommand

@Suite struct OffloadConfigurationTests {
    @Test func aShortFileHasAllDefaults() throws {
        let configuration = try parsedConfiguration(requiredSections)
        #expect(configuration.clickhouse.user == "default")
        #expect(configuration.clickhouse.password == nil)
        #expect(configuration.catalog == CatalogConfiguration())
        #expect(configuration.schedule.interval == .seconds(15 * 60))
        #expect(configuration.schedule.settle == .seconds(5 * 60))
        #expect(configuration.schedule.stopTimeout == .seconds(90))
        #expect(configuration.metrics.listen == ListenAddress(host: "127.0.0.1", port: 8000))
        #expect(configuration.tables.count == 1)
        var table = TableConfiguration()
        table.source = TableName(namespace: "k2", name: "trades")
        table.target = TableName(namespace: "cold", name: "trades")
        table.cursor = "at"
        table.line = 5
        #expect(configuration.tables == [table])
    }

    @Test func everyKeyIsRead() throws {
        let configuration = try parsedConfiguration(
            """
            clickhouse: {url: "https://ch.example:8443/proxy", user: reader, password: "${CH}"}
            postgres: {url: postgresql:///offload?host=/run/postgresql, password: "${PG}"}
            catalog: {type: sql, name: ice}
            warehouse: file:///srv/lake/
            schedule: {interval: 2s, settle: 0s, parallel_tables: 64, table_timeout: 1h30m, stop_timeout: 1m}
            metrics: {listen: "[::1]:0"}
            log: {format: json, level: debug}
            tables:
              - source: k2..inner.trades
                target: a.b.trades
                cursor: id
                sequence: seq
                layer: gold
                partition_by: ["day(at)", "bucket( 16 , symbol )", "truncate(10,name)", "identity(x)", region]
                sort_by: [symbol, at]
                max_rows_per_file: 1
                start: -5
                columns: {payload: {as: "decimal(38, 0)"}, debug: {exclude: true}}
                where: "price > $$1 AND note = '$x'"
                final: true
                verify: count
                invalid_utf8: replace
                settle: 500ms
            """, environment: ["CH": "one", "PG": "two"])
        #expect(configuration.clickhouse.url == "https://ch.example:8443/proxy")
        #expect(configuration.clickhouse.password?.reveal() == "one")
        #expect(configuration.postgres.password?.reveal() == "two")
        #expect(configuration.catalog.name == "ice")
        #expect(configuration.warehouse == "file:///srv/lake")
        #expect(configuration.schedule.tableTimeout == .seconds(5_400))
        #expect(configuration.metrics.listen == ListenAddress(host: "::1", port: 0))
        #expect(configuration.log == LogConfiguration(format: .json, level: .debug))
        let table = try #require(configuration.tables.first)
        #expect(table.source == TableName(namespace: "k2", name: ".inner.trades"))
        #expect(table.target == TableName(namespace: "a.b", name: "trades"))
        #expect(
            table.partitionBy == [
                PartitionTerm(transform: .day, column: "at"),
                PartitionTerm(transform: .bucket, argument: 16, column: "symbol"),
                PartitionTerm(transform: .truncate, argument: 10, column: "name"),
                PartitionTerm(transform: .identity, column: "x"),
                PartitionTerm(transform: .identity, column: "region"),
            ])
        #expect(table.sequence == "seq" && table.layer == .gold && table.sortBy == ["symbol", "at"])
        #expect(
            table.maxRowsPerFile == 1 && table.start == "-5" && table.isFinal && table.invalidUTF8 == .replace
        )
        #expect(
            table.columns["payload"]?.type == "decimal(38, 0)" && table.columns["debug"]?.isExcluded == true)
        #expect(table.whereClause == "price > $1 AND note = '$x'")
        #expect(table.settle == .milliseconds(500))
    }

    @Test func tablesBeginWithTheDefaultsWhereverTheseStand() throws {
        let configuration = try parsedConfiguration(
            """
            tables:
              - {source: k2.a, target: c.a}
              - {source: k2.b, target: c.b, cursor: id, max_rows_per_file: 7, partition_by: []}
            defaults: {cursor: at, max_rows_per_file: 9, partition_by: ["day(at)"], where: "x", settle: 1m}
            clickhouse: {url: http://h}
            postgres: {url: postgresql://h/d}
            warehouse: file:///w
            """)
        let (first, second) = (configuration.tables[0], configuration.tables[1])
        #expect(first.cursor == "at" && first.maxRowsPerFile == 9 && first.partitionBy.count == 1)
        #expect(second.cursor == "id" && second.maxRowsPerFile == 7 && second.partitionBy == [])
        #expect(second.whereClause == "x" && second.settle == .seconds(60))
    }

    @Test(arguments: [
        "2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01 10:00:00", "2026-01-01T00:00:00.123456789Z", "42",
        "18446744073709551615",
    ])
    func startIsKeptAsWritten(text: String) throws {
        let yaml = requiredSections + "  - {source: a.b, target: c.d, cursor: x, start: \(quoted(text))}"
        #expect(try parsedConfiguration(yaml).tables.last?.start == text)
        #expect(try parsedConfiguration(yaml.replacing("\"\(text)\"", with: text)).tables.last?.start == text)
    }

    @Test func sectionsWithAllKeysCommentedOutAreEmpty() throws {
        #expect(
            try parsedConfiguration(requiredSections + "schedule:\n  # interval: 1m\ndefaults:\n")
                == parsedConfiguration(requiredSections))
    }

    @Test func theEffectiveConfigurationIsShownWithoutPasswords() throws {
        let configuration = try parsedConfiguration(
            requiredSections.replacing("8123\"", with: "8123\", password: \"${CH}\"")
                + "defaults: {sort_by: [at]}",
            environment: ["CH": "hunter2"])
        let yaml = try configuration.yaml()
        #expect(
            yaml == """
                clickhouse:
                  url: http://127.0.0.1:8123
                  user: default
                  password: '***'
                postgres:
                  url: postgresql://offload@127.0.0.1:5432/offload
                catalog:
                  type: sql
                  name: lake
                warehouse: file:///var/lib/lake
                schedule:
                  interval: 15m
                  settle: 5m
                  parallel_tables: 4
                  table_timeout: 10m
                  stop_timeout: 1m30s
                metrics:
                  listen: 127.0.0.1:8000
                log:
                  format: text
                  level: info
                defaults:
                  layer: bronze
                  partition_by: []
                  sort_by: [at]
                  max_rows_per_file: 5000000
                  final: false
                  verify: count
                  invalid_utf8: fail
                tables:
                - source: k2.trades
                  target: cold.trades
                  cursor: at
                  layer: bronze
                  partition_by: []
                  sort_by: [at]
                  max_rows_per_file: 5000000
                  final: false
                  verify: count
                  invalid_utf8: fail

                """)
        let json = try JSONSerialization.jsonObject(with: Data(configuration.json().utf8)) as? [String: Any]
        let schedule = try #require(json?["schedule"] as? [String: Any])
        #expect(schedule["parallel_tables"] as? Int == 4 && schedule["interval"] as? String == "15m")
        let table = try #require((json?["tables"] as? [[String: Any]])?.first)
        #expect(table["final"] as? Bool == false && table["sort_by"] as? [String] == ["at"])
    }

    @Test func whatIsShownReadsBackTheSame() throws {
        let configuration = try parsedConfiguration(
            requiredSections
                + "  - {source: a.b, target: c.d, cursor: \"true\", where: \"a = 'ü'\", columns: {x: {as: string}}}"
        )
        var again = try parsedConfiguration(configuration.yaml())
        #expect(again.tables.map(\.line) != configuration.tables.map(\.line))
        for index in again.tables.indices { again.tables[index].line = configuration.tables[index].line }
        #expect(again == configuration)
    }

    private func quoted(_ text: String) -> String { "\"\(text)\"" }
}
