// What independent readers find in a stage's Iceberg tables.
import Foundation
import OffloadCore
import Testing

extension Stage {
    /// Expects PyIceberg (by name), ClickHouse (by path) and the source to hold the same rows, by content hash.
    ///
    /// - Parameter select: what the rows are to be; nil: the whole source table.
    func expectReadBack(
        _ table: TableDefinition, as select: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let (status, output) = try await Testbed.python(
            [
                Testbed.script("read_back.py"), "--table", table.target, "--source",
                select ?? "SELECT * FROM \(table.source)",
            ], database: name)
        #expect(status == 0, "\(output)", sourceLocation: sourceLocation)
    }

    /// Runs Python in which `table` is the Iceberg table in PyIceberg, and gives what it printed.
    @discardableResult
    func pyiceberg(
        _ table: TableDefinition, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let preamble = """
            import os, pyarrow
            from read_back import load_table
            table = load_table(dict(os.environ), "\(table.target)")

            """
        let (status, output) = try await Testbed.python(
            ["-W", "ignore", "-c", preamble + code], database: name)
        #expect(status == 0, "\(output)", sourceLocation: sourceLocation)
        return output.trimmingCharacters(in: .newlines)
    }

    /// What ClickHouse finds by path, as tab-separated text: `lake(table, "count(), uniqExact(id)")`.
    func lake(_ table: TableDefinition, _ expressions: String, _ rest: String = "") async throws -> String {
        let file = try await metadataFile(of: table)
        let parts = try #require(file.range(of: "/metadata/"))
        let (root, metadata) = (file[..<parts.lowerBound], file[file.index(after: parts.lowerBound)...])
        let rows = try await clickhouse.rows(
            """
            SELECT \(expressions)
            FROM icebergLocal('\(root)', SETTINGS iceberg_metadata_file_path = '\(metadata)') \(rest)
            """)
        return rows.map { $0.map { $0 ?? "NULL" }.joined(separator: "\t") }.joined(separator: "\n")
    }

    /// Expects each `id` of the source exactly once, and no file in the table's folder that the table does not have.
    func expectExactlyOnce(
        _ table: TableDefinition, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let facts = "count(), uniqExact(id), sum(cityHash64(toUInt32(id), CAST(at, 'DateTime64(6)')))"
        let source = try await clickhouse.rows("SELECT \(facts) FROM \(table.source)")
            .map { $0.map { $0 ?? "NULL" }.joined(separator: "\t") }.joined(separator: "\n")
        #expect(try await lake(table, facts) == source, sourceLocation: sourceLocation)
        let strays = try await strayFiles(of: table)
        #expect(strays.isEmpty, sourceLocation: sourceLocation)
    }

    /// Data files that no snapshot of `main` reads, metadata of batches that were never committed, metadata files
    /// beyond the current one.
    func strayFiles(of table: TableDefinition) async throws -> [String] {
        let current = try await metadataFile(of: table)
        let folder = URL(fileURLWithPath: current).deletingLastPathComponent().deletingLastPathComponent()
            .path
        let referenced = try await lake(table, "DISTINCT _path").split(separator: "\n")
        let uncommitted = try await postgres.query(
            "SELECT batch_id::text FROM offload_batches WHERE status <> 'committed'"
        ).map { try $0.string("batch_id") }
        let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return files.filter { file in
            if file.hasSuffix(".parquet") { return !referenced.contains { $0.hasSuffix(file) } }
            let isBeyond = file.hasSuffix(".metadata.json") && "\(folder)/\(file)" > current
            return isBeyond || file.contains(".staging") || uncommitted.contains { file.contains($0) }
        }
    }
}
