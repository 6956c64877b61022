// What a cycle takes: windows along the cursor, open below and closed above, bounded in rows.
import OffloadCore
import Synchronization
import Testing

@Suite struct WindowTests {
    @Test func backlogIsCutIntoWindowsOfBoundedSize() async throws {
        try await Stage.run { stage in
            var table = try await stage.events(1000)
            table.rowCountMax = 64
            let report = try await stage.offload(table)
            #expect(report.tally.windowCount >= 16 && report.tally.rowCount == 1000)
            let largest = try await stage.ledger("(SELECT max(row_count) FROM offload_batches)")
            #expect(try #require(Int(largest)) <= 64)
            try await stage.expectExactlyOnce(table)
        }
    }

    @Test func rowsWithOneCursorValueStayTogether() async throws {
        try await Stage.run { stage in
            var table = try await stage.table("id UInt32, at DateTime64(6, 'UTC')")
            try await stage.insert(
                table, "SELECT number, toDateTime64(intDiv(number, 100), 6) FROM numbers(300)")
            table.rowCountMax = 10
            #expect(try await stage.offload(table).tally.windowCount == 3)
            #expect(
                try await stage.ledger("(SELECT string_agg(row_count::text, ',') FROM offload_batches)")
                    == "100,100,100")
            try await stage.expectExactlyOnce(table)
        }
    }

    @Test func windowIsCutWhereThePartitionOfTheCursorChanges() async throws {
        try await Stage.run { stage in
            var table = try await stage.table("id UInt32, at DateTime64(6, 'UTC')")
            try await stage.insert(
                table,
                "SELECT number, toDateTime64('2026-01-01', 6, 'UTC') + toIntervalHour(number) FROM numbers(60)"
            )
            table.partitionBy = [.init(column: "at", transform: "day")]
            #expect(try await stage.offload(table).tally.windowCount == 3)
            #expect(try await stage.lake(table, "uniqExact(_path)") == "3")
            try await stage.expectExactlyOnce(table)
        }
    }

    /// Nanoseconds that Iceberg cannot hold still tell old rows from new ones.
    @Test func nanosecondCursorIsExactAtTheBoundary() async throws {
        try await Stage.run { stage in
            let table = try await stage.table("id UInt32, at DateTime64(9, 'UTC')")
            try await stage.insert(
                table, "VALUES (1, '2026-01-01 00:00:00.123456788'), (2, '2026-01-01 00:00:00.123456789')")
            try await stage.offload(table)
            #expect(
                try await stage.ledger("(SELECT position FROM offload_watermarks)") == "1767225600123456789")
            try await stage.insert(table, "VALUES (3, '2026-01-01 00:00:00.123456790')")
            #expect(try await stage.offload(table).tally.rowCount == 1)
            #expect(try await stage.lake(table, "arraySort(groupArray(id))") == "[1,2,3]")
            try await stage.expectReadBack(table)
        }
    }

    @Test(arguments: ["Int64", "UInt64", "UInt32", "Int8"])
    func integerCursorGoesOnWhereItStopped(_ type: String) async throws {
        try await Stage.run { stage in
            let table = try await stage.table("n \(type), v String", cursor: "n")
            let (lowest, highest) = type.hasPrefix("U") ? ("0", "7") : ("-7", "127")
            try await stage.insert(table, "VALUES (\(lowest), 'a'), (5, 'b')")
            try await stage.offload(table)
            try await stage.insert(table, "VALUES (\(highest), 'c')")
            #expect(try await stage.offload(table).tally.rowCount == 1)
            try await stage.expectReadBack(table)
        }
    }

    @Test func unsignedCursorReachesTheEndOfItsRange() async throws {
        try await Stage.run { stage in
            var table = try await stage.table("n UInt64", cursor: "n")
            try await stage.insert(
                table, "VALUES (0), (9223372036854775807), (9223372036854775808), (18446744073709551615)")
            table.rowCountMax = 1
            #expect(try await stage.offload(table).tally.windowCount == 4)
            #expect(
                try await stage.ledger("(SELECT position FROM offload_watermarks)") == "18446744073709551615")
            try await stage.expectReadBack(table)
        }
    }

    /// An integer tells no time: what is there when it is first seen is taken once it has been there for `settle`.
    @Test func integerCursorSettlesByObservation() async throws {
        try await Stage.run { stage in
            var table = try await stage.table("n UInt64", cursor: "n")
            try await stage.insert(table, "VALUES (1), (2)")
            table.settle = .seconds(3600)
            #expect(try await stage.offload(table).tally.rowCount == 0)
            try await stage.insert(table, "VALUES (3)")
            #expect(try await stage.offload(table).tally.rowCount == 0)
            _ = try await stage.postgres.query(
                "UPDATE offload_watermarks SET observed_at = observed_at - interval '2 hours'")
            #expect(try await stage.offload(table).tally.rowCount == 2)
            #expect(try await stage.lake(table, "arraySort(groupArray(n))") == "[1,2]")
        }
    }

    @Test func unsettledRowsWait() async throws {
        try await Stage.run { stage in
            var table = try await stage.table("id UInt32, at DateTime64(6, 'UTC')")
            try await stage.insert(
                table, "SELECT number, now64(6) - toIntervalMinute(number * 10) FROM numbers(3)")
            table.settle = .seconds(300)
            #expect(try await stage.offload(table).tally.rowCount == 2)
            #expect(try await stage.lake(table, "arraySort(groupArray(id))") == "[1,2]")
        }
    }

    @Test func zeroRowWindowIsASuccessThatAddsNothing() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            try await stage.offload(table)
            let file = try await stage.metadataFile(of: table)
            _ = try await stage.postgres.query("UPDATE offload_watermarks SET last_successful_run = 'epoch'")
            #expect(try await stage.offload(table).tally.windowCount == 0)
            #expect(try await stage.metadataFile(of: table) == file)
            #expect(
                try await stage.ledger(
                    "(SELECT last_successful_run > now() - interval '1 minute' FROM offload_watermarks)")
                    == "t")
            try await stage.expectExactlyOnce(table)
        }
    }

    @Test func startLeavesOlderRowsOut() async throws {
        try await Stage.run { stage in
            var table = try await stage.events(10)
            table.start = "2026-01-01T00:00:04Z"
            try await stage.offload(table)
            #expect(try await stage.lake(table, "min(id), count()") == "4\t6")
        }
    }

    @Test func finalAndWhereChooseTheRows() async throws {
        try await Stage.run { stage in
            var table = try await stage.table(
                "id UInt32, v UInt32, at DateTime64(6, 'UTC')", engine: "ReplacingMergeTree(v) ORDER BY id")
            for version in 1...2 {
                try await stage.insert(
                    table, "SELECT number, \(version), toDateTime64('2026-01-01', 6, 'UTC') FROM numbers(10)")
            }
            table.isFinal = true
            table.condition = "id % 2 = 0 OR id = 1"
            try await stage.offload(table)
            try await stage.expectReadBack(
                table, as: "SELECT * FROM \(table.source) FINAL WHERE id % 2 = 0 OR id = 1")
            #expect(try await stage.lake(table, "count(), min(v)") == "6\t2")
        }
    }

    @Test func filesKeepTheConfiguredSortOrder() async throws {
        try await Stage.run { stage in
            var table = try await stage.table("id UInt32, s Nullable(String), at DateTime64(6, 'UTC')")
            try await stage.insert(
                table,
                "SELECT number, if(number % 3 = 0, NULL, toString(number * 7919 % 100)), toDateTime64(number, 6) FROM numbers(50)"
            )
            table.sortBy = ["s", "id"]
            try await stage.offload(table)
            let order = "s ASC NULLS FIRST, id"
            let expected = try await stage.clickhouse.rows(
                "SELECT groupArray(id) FROM (SELECT id FROM \(table.source) ORDER BY \(order))")
            let found = try await stage.pyiceberg(
                table,
                """
                import pyarrow.parquet
                file = next(iter(table.scan().plan_files())).file
                assert file.sort_order_id == 1
                print(pyarrow.parquet.read_table(file.file_path.removeprefix("file://"))["id"].to_pylist())
                """)
            #expect(found.replacing(" ", with: "") == expected[0][0])
            #expect(try await stage.metadata(of: table).defaultSortOrder.fields.count == 2)
        }
    }

    @Test func manySmallCyclesGiveWhatOneLargeOneGives() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(1)
            for batch in 1..<8 {
                try await stage.offload(table)
                try await stage.addEvents(batch * 5..<batch * 5 + 5, to: table)
            }
            try await stage.offload(table)
            try await stage.expectExactlyOnce(table)
            #expect(try await stage.metadata(of: table).snapshotIDs.count == 8)
            try await stage.expectReadBack(table)
        }
    }
}
