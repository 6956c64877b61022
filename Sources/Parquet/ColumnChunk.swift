/// One column of one row group: where its pages lie and what the writer counted in them.

struct ColumnChunk: Equatable, Sendable {
    /// What the footer says of the chunk (parquet.thrift, `ColumnChunk`), apart from `meta_data`.
    private var chunk: ThriftStruct

    /// Its `meta_data` (parquet.thrift, `ColumnMetaData`).
    private var metadata: ThriftStruct

    let pathInSchema: [String]
    let valueCount: Int64

    /// In bytes, page headers included.
    let compressedSize: Int64

    /// Where the first page starts, in bytes from the start of the file.
    let start: Int64

    /// How many values have each definition level; nil if the writer did not count.
    let definitionLevelHistogram: [Int64]?
    private(set) var statistics: ChunkStatistics?

    init(_ structure: ThriftStruct) throws {
        guard structure[1] == nil else { throw ParquetError(.unsupported, "a column lies in another file") }
        guard structure[8] == nil, structure[9] == nil else {
            throw ParquetError(.unsupported, "a column is encrypted")
        }
        chunk = structure
        chunk[3] = nil
        metadata = try structure.required(3, "meta_data", \.structure)
        pathInSchema = try metadata.requiredList(3, "path_in_schema", of: \.string)
        valueCount = try metadata.requiredCount(5, "num_values")
        compressedSize = try metadata.requiredCount(7, "total_compressed_size")
        let dataStart = try metadata.requiredCount(9, "data_page_offset")
        start = try metadata.optionalCount(11, "dictionary_page_offset") ?? dataStart
        definitionLevelHistogram = try metadata.optional(16, "size_statistics", \.structure)?
            .optionalList(3, "definition_level_histogram", of: \.int64)
        statistics = try metadata.optional(12, "statistics", \.structure).map(ChunkStatistics.init)
    }

    /// As the footer has it.
    var structure: ThriftStruct {
        var structure = chunk
        structure[3] = .structure(metadata)
        return structure
    }

    /// Takes out every minimum and maximum: those of the chunk and, by its pointer, the column index of its pages.
    /// Null counts and the offset index say nothing about values, so they stay.
    mutating func stripBounds() {
        statistics?.stripBounds()
        metadata[12] = statistics.map { .structure($0.structure) }
        chunk[6] = nil
        chunk[7] = nil
    }

    /// The parts of the file a reader goes to for this chunk: pages, offset index, column index, bloom filter.
    func fileRanges() throws -> [Range<Int64>] {
        let dataStart = try metadata.requiredCount(9, "data_page_offset")
        let pages = try Self.range(from: start, length: compressedSize)
        guard pages.contains(dataStart) else {
            throw ParquetError(.malformed, "a column's data page lies outside its chunk")
        }
        return [
            pages,
            try Self.range(chunk, offset: 4, "offset_index_offset", length: 5, "offset_index_length"),
            try Self.range(chunk, offset: 6, "column_index_offset", length: 7, "column_index_length"),
            try Self.range(metadata, offset: 14, "bloom_filter_offset", length: 15, "bloom_filter_length"),
        ].compactMap(\.self)
    }

    /// Nil if there is no such part; a length that is left out counts as zero.
    private static func range(
        _ structure: ThriftStruct, offset: Int16, _ offsetName: String, length: Int16, _ lengthName: String
    ) throws -> Range<Int64>? {
        guard let start = try structure.optionalCount(offset, offsetName) else { return nil }
        return try range(from: start, length: Int64(try structure.optional(length, lengthName, \.int32) ?? 0))
    }

    private static func range(from start: Int64, length: Int64) throws -> Range<Int64> {
        let (end, overflow) = start.addingReportingOverflow(length)
        guard length >= 0, !overflow else { throw ParquetError(.malformed, "a column's range overflows") }
        return start..<end
    }
}
