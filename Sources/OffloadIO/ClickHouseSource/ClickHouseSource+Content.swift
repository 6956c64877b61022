// What ClickHouse says of rows apart from any copy: of a window, and of a data file that is sent to it.
import ClickHouse
import HTTPTransport
import Iceberg
import OffloadCore

extension ClickHouseSource {
    public func count(
        _ window: Window, of table: SourceTable, hashing columns: [LakeColumn]
    ) async throws -> WindowCount {
        let shape = try shape(of: table)
        let query = WindowQuery(shape, low: window.low, high: window.high)
        let sequence = table.definition.sequence.map(quoteIdentifier)
        let row: [String?]
        if columns.isEmpty {
            let highest = sequence.map { "toString(max(\($0)))" } ?? "NULL"
            row = try await self.row("SELECT count(), \(highest), NULL \(query.tail)", query, table)
        } else {
            let content = shape.list(columns) { $0.content }
            row = try await self.row(
                """
                SELECT count(), toString(max(offload_sequence)), \(ContentHash(fields: columns.map(\.field)).sum)
                FROM (SELECT \(content), \(sequence ?? "NULL") AS offload_sequence \(query.tail))
                """, query, table, settings: TableShape.listSettings)
        }
        guard row.count == 3, let count = row[0].flatMap({ Int64($0) }),
            columns.isEmpty || row[2].flatMap({ UInt64($0) }) != nil
        else { throw ClickHouseFailure.malformed(table.name) }
        return WindowCount(
            rowCount: count, sequenceMax: row[1].flatMap { Int64($0) },
            contentHash: row[2].flatMap { UInt64($0) })
    }

    public func digest(
        _ file: any DataFileContent, of table: SourceTable, hashing fields: [NestedField]
    ) async throws -> RowDigest {
        let hash = ContentHash(fields: fields)
        let external = ExternalTable(
            name: "offload_file", format: "Parquet", structure: hash.structure,
            content: FileUpload(file: file))
        let rows = try await ClickHouseFailure.translated(table.name) {
            try await client.rows(
                "SELECT count(), \(hash.sum) FROM offload_file",
                // 1 GiB by default; what is too much for the server's memory is known to the server alone.
                settings: ["http_max_multipart_form_data_size": "0"], external: external)
        }
        guard let row = rows.first, row.count == 2, let count = row[0].flatMap({ Int64($0) }),
            let sum = row[1].flatMap({ UInt64($0) })
        else { throw ClickHouseFailure.malformed(table.name) }
        return RowDigest(rowCount: count, contentHash: sum)
    }
}

/// A data file's bytes for the wire.
private struct FileUpload: Upload {
    let file: any DataFileContent

    var byteCount: Int64 { file.byteCount }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try file.read(at: offset, into: buffer)
    }
}
