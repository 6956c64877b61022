// Others maintain our tables too: what they change between two cycles is kept, and our next append reads right.
import Foundation
import Iceberg
import OffloadCore
import Postgres
import Testing

@Suite struct ForeignWriterTests {
    /// What PyIceberg does between two cycles, and what the table then holds beside the source's rows.
    struct Change: Sendable, CustomTestStringConvertible {
        let name: String
        let code: String
        /// SQL over the source, named `source`, of what readers find in the end.
        let expected: String
        var testDescription: String { name }
    }

    static let changes = [
        Change(
            name: "append",
            code: """
                import datetime
                at = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
                rows = pyarrow.Table.from_pylist([{"id": 1000, "at": at}], schema=table.schema().as_arrow())
                table.append(rows)
                """,
            expected: "SELECT * FROM source UNION ALL SELECT 1000, toDateTime64('2020-01-01', 6, 'UTC')"),
        Change(
            name: "delete", code: "table.delete('id < 5')", expected: "SELECT * FROM source WHERE id >= 5"),
        Change(
            name: "expire",
            code: """
                old = table.snapshots()[0].snapshot_id
                table.maintenance.expire_snapshots().by_id(old).commit()
                """, expected: "SELECT * FROM source"),
        Change(
            name: "add column",
            code: """
                from pyiceberg.types import StringType
                with table.update_schema() as update: update.add_column("note", StringType())
                """, expected: "SELECT *, CAST(NULL, 'Nullable(String)') AS note FROM source"),
        Change(
            name: "rename column",
            code: "with table.update_schema() as update: update.rename_column('id', 'number')",
            expected: "SELECT id AS number, at FROM source"),
        Change(
            name: "widen column",
            code: """
                from pyiceberg.types import DecimalType
                with table.update_schema() as update: update.update_column("price", field_type=DecimalType(18, 2))
                """, expected: "SELECT * FROM source"),
        Change(
            name: "new partition spec",
            code: """
                from pyiceberg.transforms import BucketTransform
                with table.update_spec() as update: update.add_field("id", BucketTransform(4), "id_bucket")
                """, expected: "SELECT * FROM source"),
        Change(
            name: "tag, branch and properties",
            code: """
                now = table.current_snapshot().snapshot_id
                table.manage_snapshots().create_tag(now, "kept").create_branch(now, "audit").commit()
                with table.transaction() as change: change.set_properties({"owner": "somebody"})
                """, expected: "SELECT * FROM source"),
    ]

    @Test(arguments: changes)
    func appendAfterAForeignChangeReadsRight(_ change: Change) async throws {
        try await Stage.run { stage in
            let isPriced = change.code.contains("price")
            let price = isPriced ? ", toDecimal32(number, 2) / 7" : ""
            let table = try await stage.table(
                "id UInt32, at DateTime64(6, 'UTC')" + (isPriced ? ", price Decimal(9, 2)" : ""))
            let rows = "SELECT number, toDateTime64(number, 6)\(price) FROM numbers"
            try await stage.insert(table, "\(rows)(0, 10)")
            try await stage.offload(table)
            try await stage.insert(table, "\(rows)(10, 10)")
            try await stage.offload(table)
            try await stage.pyiceberg(table, change.code)
            let before = try await stage.metadata(of: table)
            try await stage.insert(table, "\(rows)(20, 10)")
            try await stage.offload(table)
            let after = try await stage.metadata(of: table)
            for (name, ref) in before.refs where name != "main" { #expect(after.refs[name] == ref) }
            for (key, value) in before.properties where !key.hasPrefix("offload.") {
                #expect(after.properties[key] == value)
            }
            #expect(
                after.partitionSpecs == before.partitionSpecs && after.currentSchema == before.currentSchema)
            try await stage.expectReadBack(
                table, as: "WITH source AS (SELECT * FROM \(table.source)) \(change.expected)")
        }
    }

    /// A scheduler remembers the metadata it wrote last: here it is not the newest any more.
    @Test func processThatGoesOnKeepsWhatWasCommittedInBetween() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            let process = try Offloader(on: stage)
            #expect(await process.cycle([table]).first?.error == nil)
            try await stage.pyiceberg(
                table,
                """
                import datetime
                at = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
                table.append(pyarrow.Table.from_pylist([{"id": 9, "at": at}], schema=table.schema().as_arrow()))
                """)
            try await stage.addEvents(3..<5, to: table)
            #expect(await process.cycle([table]).first?.error == nil)
            #expect(try await stage.lake(table, "count(), sum(id)") == "6\t19")
        }
    }

    @Test func rolledBackTableStops() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            try await stage.offload(table)
            try await stage.addEvents(3..<6, to: table)
            try await stage.offload(table)
            try await stage.pyiceberg(
                table,
                "table.manage_snapshots().rollback_to_snapshot(table.snapshots()[0].snapshot_id).commit()")
            try await stage.addEvents(6..<9, to: table)
            #expect(try await stage.failure(of: table).code == .lakeTableRolledBack)
            #expect(try await stage.lake(table, "count()") == "3")
        }
    }

    @Test func droppedTableIsMissingAndReplacedTableIsNotWrittenTo() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            try await stage.offload(table)
            try await stage.addEvents(3..<5, to: table)
            try await stage.pyiceberg(table, "table.catalog.drop_table('cold.events')")
            #expect(try await stage.failure(of: table).code == .lakeTableMissing)
            // Another table takes its name.
            let other = try await stage.events(1, named: "other")
            try await stage.offload(other)
            try await stage.pyiceberg(other, "table.catalog.rename_table('cold.other', 'cold.events')")
            #expect(try await stage.failure(of: table).code == .lakeTableReplaced)
            #expect(try await stage.lake(table, "count()") == "1")
        }
    }

    @Test func watermarkEditedByHandIsRepairedAndRecorded() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(5)
            try await stage.offload(table)
            _ = try await stage.postgres.query("UPDATE offload_watermarks SET position = position - 2000000")
            try await stage.addEvents(5..<8, to: table)
            try await stage.offload(table)
            #expect(
                try await stage.ledger(
                    "(SELECT count(*) FROM offload_watermark_history WHERE reason LIKE 'repair:%')")
                    == "1")
            try await stage.offload(table)
            try await stage.expectExactlyOnce(table)
        }
    }

    /// The ledger comes back from a backup that is one commit old: the Iceberg table knows better.
    @Test func ledgerOfOneCommitAgoIsRepaired() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(5)
            try await stage.offload(table)
            for name in ["offload_batches", "offload_files", "offload_watermarks"] {
                _ = try await stage.postgres.query("CREATE TABLE backup_\(name) AS TABLE \(name)")
            }
            try await stage.addEvents(5..<8, to: table)
            try await stage.offload(table)
            _ = try await stage.postgres.query(
                "TRUNCATE offload_files, offload_batches, offload_watermarks CASCADE")
            for name in ["offload_watermarks", "offload_batches", "offload_files"] {
                _ = try await stage.postgres.query("INSERT INTO \(name) SELECT * FROM backup_\(name)")
            }
            try await stage.addEvents(8..<9, to: table)
            try await stage.offload(table)
            try await stage.offload(table)
            try await stage.expectExactlyOnce(table)
        }
    }
}
