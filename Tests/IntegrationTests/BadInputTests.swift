// Every bad input gets a clear error of its own, commits nothing wrong and loses nothing.
import ClickHouse
import Foundation
import OffloadCore
import OffloadIO
import Postgres
import Synchronization
import Testing

@Suite struct BadInputTests {
    @Test func missingTableAndColumnAreNamed() async throws {
        try await Stage.run { stage in
            let plain = try await stage.events(2)
            let absent = TableDefinition(source: "\(stage.name).absent", target: "cold.absent", cursor: "at")
            let reports = try await stage.cycle(absent, plain)
            #expect(reports.first { $0.table == absent.source }?.error?.code == .sourceTableMissing)
            try await stage.expectExactlyOnce(plain)
            for change in [
                { $0.cursor = "nothing" }, { $0.sequence = "nothing" },
                { $0.columns["nothing"] = .init(isExcluded: true) },
            ] as [(inout Sketch) -> Void] {
                var sketch = Sketch()
                change(&sketch)
                let error = try await stage.failure(of: sketch.applied(to: plain))
                #expect(error.code == .sourceColumnMissing && error.message.contains("`nothing`"))
            }
        }
    }

    /// The parts of a definition that name columns.
    private struct Sketch {
        var cursor = "at"
        var sequence: String?
        var columns: [String: TableDefinition.ColumnRule] = [:]

        func applied(to table: TableDefinition) -> TableDefinition {
            var definition = TableDefinition(source: table.source, target: table.target, cursor: cursor)
            (definition.sequence, definition.columns) = (sequence, columns)
            return definition
        }
    }

    @Test(arguments: ["Nullable(DateTime)", "String", "Float64", "Date", "Array(UInt8)", "Int128"])
    func cursorThatDoesNotOrderIsRefused(_ type: String) async throws {
        try await Stage.run { stage in
            let table = try await stage.table("at \(type)")
            let error = try await stage.failure(of: table)
            #expect(error.code == .cursorUnfit && error.message.contains("`at`"))
        }
    }

    @Test func clockBehindTheWatermarkStops() async throws {
        try await Stage.run { stage in
            var table = try await stage.events(3)
            try await stage.offload(table)
            try await stage.insert(table, "VALUES (9, now64(6) + toIntervalHour(1))")
            table.settle = .seconds(-7200)
            try await stage.offload(table)
            table.settle = .zero
            #expect(try await stage.failure(of: table).code == .clockBehind)
            try await stage.expectExactlyOnce(table)
        }
    }

    @Test func watermarkAheadOfTheDataStops() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(5)
            try await stage.offload(table)
            try await stage.clickhouse.execute("TRUNCATE TABLE \(table.source)")
            try await stage.addEvents(0..<3, to: table)
            #expect(try await stage.failure(of: table).code == .watermarkAhead)
            #expect(try await stage.lake(table, "count()") == "5")
        }
    }

    @Test func fullDiskWhileStagingLosesNothing() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "small-\(UUID().uuidString)"
        ).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try #require(mount("tmpfs", folder, "tmpfs", 0, "size=256k") == 0, "mounting a small disk needs root")
        do {
            try await Stage.run(folder: folder + "/warehouse") { stage in
                let table = try await stage.table("id UInt32, at DateTime64(6, 'UTC'), noise String")
                try await stage.insert(table, "SELECT number, toDateTime64(number, 6), '' FROM numbers(3)")
                try await stage.offload(table)
                try await stage.insert(
                    table,
                    "SELECT number, toDateTime64(number + 10, 6), randomPrintableASCII(1000) FROM numbers(1000)"
                )
                let error = try await stage.failure(of: table)
                #expect(error.code == .diskFull)
                #expect(try await stage.lake(table, "count()") == "3")
                #expect(try await stage.strayFiles(of: table).isEmpty)
                #expect(mount("tmpfs", folder, "tmpfs", UInt(MS_REMOUNT), "size=64m") == 0)
                try await stage.offload(table)
                try await stage.expectReadBack(table)
            }
        } catch {
            umount(folder)
            throw error
        }
        umount(folder)
    }

    @Test func warehouseThatCannotBeWrittenStops() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            let file = stage.warehouse + "/cold"
            try Data("not a folder".utf8).write(to: URL(fileURLWithPath: file))
            #expect(try await stage.failure(of: table).code == .lakeUnavailable)
            try FileManager.default.removeItem(atPath: file)
            try await stage.offload(table)
            try await stage.expectExactlyOnce(table)
        }
    }

    @Test func wrongPasswordsAreToldApart() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(1)
            let postgres = try Testbed.postgres(database: stage.name, password: "wrong")
            let noLedger = try await Offloader(on: stage, postgres: postgres).cycle([table]).first?.error
            #expect(noLedger?.code == .ledgerUnavailable && noLedger?.isRetryable == false)
            let clickhouse = try Testbed.clickhouse(password: "wrong")
            let noSource = try await Offloader(on: stage, clickhouse: clickhouse).cycle([table]).first?.error
            #expect(noSource?.code == .sourceRefused && noSource?.isRetryable == false)
            for error in [noLedger, noSource] {
                #expect(error?.debugDescription.contains("wrong\"") == false)
            }
        }
    }

    @Test func serversThatAreGoneCostNothing() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            let gone = try Interceptor(serverPort: 1) { _, _ in nil }
            gone.stop()
            let postgres = try Testbed.postgres(database: stage.name, port: gone.port)
            #expect(
                try await Offloader(on: stage, postgres: postgres).cycle([table]).first?.error?.code
                    == .ledgerUnavailable)
            let clickhouse = try Testbed.clickhouse(url: "http://127.0.0.1:\(gone.port)")
            #expect(
                try await Offloader(on: stage, clickhouse: clickhouse).cycle([table]).first?.error?.code
                    == .sourceUnavailable)
            #expect(try await stage.ledger("(SELECT failure_count FROM offload_watermarks)") == "1")
            try await stage.offload(table)
            try await stage.expectExactlyOnce(table)
        }
    }

    /// PostgreSQL ends every connection at each COMMIT, and is back for the next cycle.
    @Test func postgresGoneAtEveryCommitLeavesTheTableAsItWas() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            try await stage.offload(table)
            try await stage.addEvents(3..<6, to: table)
            let proxy = try Interceptor(serverPort: try Testbed.postgresPort) { direction, bytes in
                direction == .toServer && bytes.firstRange(of: Array("COMMIT\0".utf8)) != nil ? 0 : nil
            }
            defer { proxy.stop() }
            let client = try Testbed.postgres(database: stage.name, port: proxy.port)
            #expect(try await Offloader(on: stage, postgres: client).cycle([table]).first?.error != nil)
            #expect(try await stage.lake(table, "count()") == "3")
            try await stage.offload(table)
            try await stage.expectExactlyOnce(table)
        }
    }

    /// The stream ends in the middle of a file, the first time or every time.
    @Test(arguments: [1, Int.max])
    func truncatedStreamIsNeverCommitted(times: Int) async throws {
        try await Stage.run { stage in
            let table = try await stage.events(5000)
            let cuts = Mutex(0)
            let proxy = try Interceptor(serverPort: try Testbed.clickhousePort) { direction, bytes in
                guard direction == .toClient, bytes.firstRange(of: Array("PAR1".utf8)) != nil,
                    cuts.withLock({ count in
                        count += 1
                        return count <= times
                    })
                else { return nil }
                return bytes.count / 2
            }
            defer { proxy.stop() }
            let clickhouse = try Testbed.clickhouse(url: "http://127.0.0.1:\(proxy.port)")
            let report = try await Offloader(on: stage, clickhouse: clickhouse).cycle([table]).first
            if times == 1 {
                #expect(report?.error == nil && cuts.withLock { $0 } > 1)
            } else {
                let code = report?.error?.code
                #expect(code == .sourceIncomplete || code == .sourceUnavailable)
                #expect(cuts.withLock { $0 } > 0, "\(String(describing: report?.error))")
                #expect(try await stage.lake(table, "count()") == "0")
                try await stage.offload(table)
            }
            try await stage.expectExactlyOnce(table)
        }
    }

    /// An exception that comes after the status 200 and megabytes of data: a column fails at the very last row.
    @Test func exceptionInTheMiddleOfAStreamIsNeverCommitted() async throws {
        try await Stage.run { stage in
            var table = try await stage.table("id UInt32, at DateTime64(6, 'UTC'), noise String")
            try await stage.insert(
                table,
                """
                SELECT number, toDateTime64('2026-01-01', 6, 'UTC') + toIntervalSecond(number),
                    if(number = 1999999, unhex('FF'), toString(cityHash64(number))) FROM numbers(2000000)
                """)
            let error = try await stage.failure(of: table)
            #expect(error.code == .invalidText && error.message.contains("`noise`: 1 rows"))
            #expect(try await stage.lake(table, "count()") == "0")
            #expect(try await stage.strayFiles(of: table).isEmpty)
            table.condition = "id < 1999999"
            #expect(try await stage.offload(table).tally.rowCount == 1_999_999)
        }
    }

    @Test func exceptionInTheConditionIsTheServersOwnWords() async throws {
        try await Stage.run { stage in
            var table = try await stage.events(3)
            table.condition = "throwIf(id = 2, 'no twos') = 0"
            let error = try await stage.failure(of: table)
            #expect(error.code == .sourceRefused && error.message.contains("no twos"))
            table.condition = nil
            try await stage.offload(table)
            try await stage.expectExactlyOnce(table)
        }
    }

    @Test func slowServerIsLeftInTimeAndItsQueryKilled() async throws {
        try await Stage.run { stage in
            var table = try await stage.events(100)
            try await stage.offload(table)
            try await stage.addEvents(100..<200, to: table)
            // Never ends by itself, however loaded the machine is.
            table.condition =
                "id NOT IN (SELECT sipHash64(number) FROM numbers(1000000000000) WHERE number % 7 = 8)"
            var slow = try Offloader(on: stage, clock: ContinuousClock())
            slow.configuration.run.timeout = .milliseconds(500)
            let error = await slow.cycle([table]).first?.error
            #expect(error?.code == .timedOut)
            // In two parts, so that the question does not find itself.
            let running = """
                SELECT count() FROM system.processes
                WHERE position(query, concat('sip', 'Hash64')) > 0 AND position(query, '\(stage.name)') > 0
                """
            let deadline = ContinuousClock.now + .seconds(20)
            while try await stage.clickhouse.rows(running)[0][0] != "0" {
                try #require(ContinuousClock.now < deadline, "the query runs on")
                await Task.yield()
            }
            table.condition = nil
            try await stage.offload(table)
            try await stage.expectExactlyOnce(table)
        }
    }

    /// A row with an old cursor arrives at any step up to the copy: where the counts disagree, the window is copied anew.
    @Test func rowsThatArriveDuringTheCopyAreNotLost() async throws {
        try await Stage.run { stage in
            for step in 1...9 {
                let table = try await stage.events(10, named: "events_\(step)")
                let mortality = Mortality(
                    at: step, .sleep { try await stage.insert(table, "VALUES (99, '2026-01-01 00:00:05.5')") }
                )
                let report = try await Offloader(on: stage, mortality: mortality).cycle([table]).first
                #expect(report?.error == nil && report?.tally.rowCount == 11)
                try await stage.expectExactlyOnce(table)
            }
        }
    }
}
