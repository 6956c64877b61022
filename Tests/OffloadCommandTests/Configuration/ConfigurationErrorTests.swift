// What a bad file is told: the place, the key, what is wrong, and what would be right.
import Testing

@testable import OffloadCommand

@Suite struct ConfigurationErrorTests {
    @Test func allErrorsAreReportedTogetherInTheOrderOfTheFile() {
        let yaml = """
            clickhouse: {url: "http://127.0.0.1:8123", usr: me}
            postgres: []
            warehouse: s3://bucket/lake
            schedule: {interval: 15, parallel_tables: many}
            tables:
              - source: trades
                target: cold.trades
                partition_by: ["day(at)", "buket(16, symbol)"]
            """
        #expect(
            configurationIssues(of: yaml) == [
                "offload.yaml:1:44: clickhouse.usr: unknown key; did you mean \"user\"?",
                "offload.yaml:2:11: postgres: expected a mapping of keys to values",
                "offload.yaml:3:12: warehouse: s3:// is not supported, only local folders are; expected "
                    + "file:///absolute/path",
                "offload.yaml:4:22: schedule.interval: \"15\" is not a duration; expected numbers with d, h, m, s or ms, "
                    + "such as 15m or 1h30m",
                "offload.yaml:4:43: schedule.parallel_tables: \"many\" is not a whole number of tables, 1 to 64",
                "offload.yaml:6:5: tables[0].cursor: is missing; expected a column's name",
                "offload.yaml:6:13: tables[0].source: \"trades\" is not a database.table",
                "offload.yaml:8:31: tables[0].partition_by[1]: \"buket\" is no transform; expected identity, year, "
                    + "month, day, hour, bucket, truncate; did you mean \"bucket\"?",
            ])
    }

    /// One added line (line 7) and the start of what it is told.
    @Test(arguments: [
        ("shedule: {}", "7:1: shedule: unknown key; did you mean \"schedule\"?"),
        (
            "zzz: 1",
            "7:1: zzz: unknown key; known here: clickhouse, postgres, catalog, warehouse, schedule, metrics, log"
        ),
        ("catalog: {type: rest}", "7:17: catalog.type: \"rest\" is not one of: sql"),
        ("catalog: {type: sql, name: }", "7:28: catalog.name: is empty; expected a catalog's name"),
        ("catalog: {name: \"a\\u0001\"}", "7:17: catalog.name: holds a control character"),
        (
            "schedule: {interval: 0s}",
            "7:22: schedule.interval: \"0s\" is out of range: expected a duration of 1s to 1d"
        ),
        ("schedule: {interval: 25h}", "7:22: schedule.interval: \"25h\" is out of range"),
        ("schedule: {interval: 1m1h}", "7:22: schedule.interval: \"1m1h\" is not a duration"),
        ("schedule: {interval: -1m}", "7:22: schedule.interval: \"-1m\" is not a duration"),
        ("schedule: {interval: 1.5h}", "7:22: schedule.interval: \"1.5h\" is not a duration"),
        (
            "schedule: {interval: 99999999999999999999d}",
            "7:22: schedule.interval: \"99999999999999999999d\" is not"
        ),
        (
            "schedule: {interval: 9223372036854775807d}",
            "7:22: schedule.interval: \"9223372036854775807d\" is not"
        ),
        (
            "schedule: {interval: [1m]}",
            "7:22: schedule.interval: expected a duration of 1s to 1d, such as 90s or 1h30m, found a list"
        ),
        (
            "schedule: {parallel_tables: 0}",
            "7:29: schedule.parallel_tables: \"0\" is not a whole number of tables, 1 to 64"
        ),
        ("schedule: {parallel_tables: 1.0}", "7:29: schedule.parallel_tables: \"1.0\" is not a whole number"),
        ("log: {level: \"a\\nb\"}", "7:14: log.level: \"a\\nb\" is not one of"),
        ("metrics: {listen: 8000}", "7:19: metrics.listen: \"8000\" is not a host:port"),
        ("metrics: {listen: \"h:65536\"}", "7:19: metrics.listen: \"h:65536\" is not a host:port"),
        ("metrics: {listen: \"::1:80\"}", "7:19: metrics.listen: \"::1:80\" is not a host:port"),
        ("log: {level: verbose}", "7:14: log.level: \"verbose\" is not one of: trace, debug, info"),
        ("log: {level: warn}", "7:14: log.level: \"warn\" is not one of"),
        (
            "defaults: {start: 1}",
            "7:12: defaults.start: belongs to one table; all but source, target and start may stand in"
        ),
        ("defaults: {target: a.b}", "7:12: defaults.target: belongs to one table"),
        ("defaults: {max_rows: 5}", "7:12: defaults.max_rows: unknown key"),
        ("defaults: {final: yes}", "7:19: defaults.final: \"yes\" is not true or false"),
        ("defaults: {verify: sums}", "7:20: defaults.verify: \"sums\" is not one of: count, hash"),
        ("defaults: {sort_by: at}", "7:21: defaults.sort_by: expected a list of at most 16: a column's name"),
        ("defaults: {sort_by: [a, a]}", "7:25: defaults.sort_by[1]: stands twice"),
        (
            "defaults: {columns: {a: {}}}",
            "7:25: defaults.columns.a: expected either as: TYPE or exclude: true"
        ),
        (
            "defaults: {columns: {a: {as: string, exclude: true}}}",
            "7:25: defaults.columns.a: expected either"
        ),
        ("defaults: {where: \" \"}", "7:19: defaults.where: is blank; expected a ClickHouse condition"),
        (
            "defaults: {invalid_utf8: \"${NO_SUCH}\"}",
            "7:26: defaults.invalid_utf8: the environment variable NO_SUCH is not"
        ),
        ("defaults: {where: \"a = '${b'\"}", "7:25: defaults.where: \"${\" does not begin a ${NAME}"),
        ("defaults: {cursor: null}", "7:20: defaults.cursor: is empty"),
        ("? [a]\n: 1", "7:3: unknown key"),
    ])
    func aBadLineIsTold(line: String, start: String) {
        let found = configurationIssues(of: requiredSections + line)
        #expect(found.count == 1 && found.allSatisfy { $0.hasPrefix("offload.yaml:" + start) }, "\(found)")
    }

    /// A further table's keys (line 7) and the start of what it is told.
    @Test(arguments: [
        ("start: yesterday", "start: \"yesterday\" is not a timestamp"),
        ("start: 2026-1-1", "start: \"2026-1-1\" is not a timestamp"),
        ("max_rows_per_file: 0", "max_rows_per_file: \"0\" is not a whole number of rows, 1 to 1000000000"),
        ("layer: diamond", "layer: \"diamond\" is not one of: bronze, silver, gold"),
        ("target: trades", "target: \"trades\" is not a namespace.table"),
        ("target: cold.tra/des", "target: \"cold.tra/des\" is not a namespace.table"),
        ("target: ../x.y", "target: \"../x.y\" is not a namespace.table"),
        ("source: .trades", "source: \".trades\" is not a database.table"),
    ])
    func aBadTableIsTold(entry: String, start: String) {
        let key = entry.prefix { $0 != ":" }
        let rest = ["source: a.b", "target: c.d", "cursor: x"].filter { !$0.hasPrefix("\(key):") }
        let found = configurationIssues(
            of: requiredSections + "  - {\(entry), \(rest.joined(separator: ", "))}")
        let place = "offload.yaml:7:\(entry.count - entry.drop { $0 != " " }.count + 7): tables[1]."
        #expect(found.count == 1 && found.allSatisfy { $0.hasPrefix(place + start) }, "\(found)")
    }

    /// A term, the column in it that is pointed to (from 0), and what is said.
    @Test(arguments: [
        (
            "days(at)", 0,
            "\"days\" is no transform; expected identity, year, month, day, hour, bucket, truncate; did you mean \"day\"?"
        ),
        ("day(at", 6, "\"day(at\" has no ) at its end"),
        ("day()", 4, "expected one column's name here"),
        ("day(a, b)", 4, "expected one column's name here"),
        ("bucket(symbol, 16)", 7, "bucket takes its number of buckets first: bucket(16, column)"),
        ("bucket(symbol)", 7, "bucket takes its number of buckets first: bucket(16, column)"),
        ("bucket(0, x)", 7, "bucket takes its number of buckets first: bucket(16, column)"),
        ("bucket(2147483648, x)", 7, "bucket takes its number of buckets first: bucket(16, column)"),
        ("truncate(4, )", 11, "expected one column's name here"),
        ("truncate(4, (x))", 12, "expected one column's name here"),
        ("a b", 0, "expected one column's name here"),
    ])
    func aBadPartitionTermIsPointedTo(term: String, offset: Int, message: String) {
        let column = 26 + (offset > 0 ? 1 + offset : 0)
        #expect(
            configurationIssues(of: requiredSections + "defaults: {partition_by: [\"\(term)\"]}")
                == ["offload.yaml:7:\(column + 1): defaults.partition_by[0]: \(message)"])
    }

    @Test func twoTablesWithOneSourceOrTargetNameBothLines() {
        let twins = configurationIssues(
            of: requiredSections + "  - {source: k2.trades, target: cold.trades, cursor: at}")
        #expect(
            twins == [
                "offload.yaml:7:14: tables[1].source: k2.trades is the source of the table in line 5 too; each may stand "
                    + "once",
                "offload.yaml:7:33: tables[1].target: cold.trades is the target of the table in line 5 too; each may stand "
                    + "once",
            ])
    }

    @Test func duplicateKeysAreRefused() {
        #expect(
            configurationIssues(of: "log:\n  level: info\n  format: text\n  level: debug\n") == [
                "offload.yaml:2:3: level: stands here and once more further down in the same mapping; keep one"
            ])
    }

    @Test(arguments: [
        ("a: [", "offload.yaml:2:1: this is not YAML: "),
        ("a: *b", "offload.yaml:1:4: this is not YAML: found undefined alias"),
        ("a: 1\n---\nb: 2", "offload.yaml:2:1: this is not YAML: but found another document"),
        ("\tx: 1", "offload.yaml:1:1: this is not YAML: "), ("a: \u{1}", "offload.yaml: this is not YAML: "),
        (String(repeating: "[", count: 100_000), "offload.yaml:1:"),
    ])
    func whatIsNotYAMLIsTold(yaml: String, start: String) {
        let found = configurationIssues(of: yaml)
        #expect(found.count == 1 && found.allSatisfy { $0.hasPrefix(start) }, "\(found)")
    }

    @Test(arguments: ["", "# nothing", "~", "{}"])
    func anEmptyFileLacksWhatIsRequired(yaml: String) {
        let missing = configurationIssues(of: yaml).compactMap {
            $0.split(separator: ": ").dropFirst().first.map(String.init)
        }
        #expect(missing == ["clickhouse", "postgres", "warehouse", "tables"])
    }

    @Test func noTablesAreNotEnough() {
        let yaml = requiredSections.split(separator: "\n").prefix(3).joined(separator: "\n")
        #expect(
            configurationIssues(of: yaml + "\ntables: []") == ["offload.yaml:4:9: tables: names no table"])
        #expect(
            configurationIssues(of: yaml) == [
                "offload.yaml:1:1: tables: is missing; expected a list of tables"
            ])
    }

    @Test func aFileThatIsNotThereIsTold() {
        let error = #expect(throws: ConfigurationError.self) {
            try OffloadConfiguration.load("/nowhere/o.yaml")
        }
        #expect(
            error?.description
                == "/nowhere/o.yaml: cannot be read; begin with a copy of config/offload.example.yaml")
        #expect(
            error?.hint == "Correct the file, then run: iceberg-offload config check --config /nowhere/o.yaml"
        )
    }
}
