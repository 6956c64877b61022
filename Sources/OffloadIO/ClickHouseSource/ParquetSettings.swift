// The settings of ClickHouse's Parquet writer that make its files what Iceberg readers expect.
import ClickHouse
import Synchronization

/// Pins what differs between releases; a server is sent only what it knows.
final class ParquetSettings: Sendable {
    static let values: [String: String] = [
        "output_format_parquet_compression_method": "zstd",
        // Row groups of 128 MiB, Iceberg's own default; the server buffers up to four times as much.
        "output_format_parquet_row_group_size_bytes": "134217728",
        // A third of a file with many distinct values, and off by default in Iceberg.
        "output_format_parquet_write_bloom_filter": "0",
        // Without them readers built on iceberg-rust fail under filters.
        "output_format_parquet_write_page_index": "1",
        "output_format_parquet_string_as_string": "1",
        "output_format_parquet_fixed_string_as_fixed_byte_array": "1",
        // Integers before 24.12.
        "output_format_parquet_datetime_as_uint32": "0",
        "output_format_parquet_date_as_uint16": "0",
        "output_format_parquet_enum_as_byte_array": "1",
        // Points would become WKB bytes that are annotated as text.
        "output_format_parquet_geometadata": "0",
        "output_format_parquet_version": "2.latest",
        "output_format_parquet_compliant_nested_types": "1",
    ]

    private let client: ClickHouseClient
    private let learnt = Mutex<[String: String]?>(nil)

    init(client: ClickHouseClient) {
        self.client = client
    }

    /// Asks the server once which of them it has.
    func known() async throws -> [String: String] {
        if let known = learnt.withLock({ $0 }) { return known }
        let names = Self.values.keys.sorted().map(quoteLiteral).joined(separator: ", ")
        let rows = try await client.rows("SELECT name FROM system.settings WHERE name IN (\(names))")
        let present = Set(rows.compactMap { $0.first ?? nil })
        let known = Self.values.filter { present.contains($0.key) }
        learnt.withLock { $0 = known }
        return known
    }
}
