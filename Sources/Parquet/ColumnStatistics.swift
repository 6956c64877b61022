/// What a manifest says of one column of the file, summed over its row groups.

public struct ColumnStatistics: Equatable, Sendable {
    public let path: [String]

    /// Nil before `annotate`.
    public let fieldID: Int32?

    /// Both as `SchemaNode` has them.
    public let physicalType: PhysicalType?
    public let logicalType: LogicalType?

    /// True inside a list or map, where Iceberg keeps sizes alone (Iceberg's `ParquetMetrics`).
    public let isRepeated: Bool

    /// Nulls included.
    public let valueCount: Int64

    /// Nil if the writer did not count them.
    public let nullCount: Int64?

    /// In bytes, compressed, page headers included.
    public let compressedSize: Int64

    /// Nil if the column has no value but nulls, if any row group with values lacks bounds (ClickHouse writes none for
    /// strings above 4096 bytes), or if `StatisticsTrust` does not find them sound.
    public let bounds: ValueBounds?
}

extension ColumnStatistics {
    /// `chunks` are the leaf's chunks, one of every row group.
    init(_ leaf: SchemaNode, chunks: [ColumnChunk], boundsAreSound: Bool) throws {
        path = leaf.path
        fieldID = leaf.fieldID
        physicalType = leaf.physicalType
        logicalType = leaf.logicalType
        isRepeated = leaf.isRepeated
        valueCount = try Self.sum(chunks.map(\.valueCount), leaf)
        compressedSize = try Self.sum(chunks.map(\.compressedSize), leaf)
        let nullCounts = try chunks.map { try Self.nullCount(of: $0, leaf) }
        let known = nullCounts.compactMap(\.self)
        nullCount = known.count == chunks.count ? try Self.sum(known, leaf) : nil
        if boundsAreSound, let order = ValueOrder(leaf) {
            let withValues = zip(chunks, nullCounts).filter { $0.valueCount != $1 }.map(\.0)
            bounds = try Self.bounds(of: withValues, in: order, leaf)
        } else {
            bounds = nil
        }
    }

    /// ClickHouse sets `null_count` where the definition level is at most one; below that, a value is null unless it
    /// has the highest level (parquet.thrift, `SizeStatistics`).
    private static func nullCount(of chunk: ColumnChunk, _ leaf: SchemaNode) throws -> Int64? {
        if leaf.definitionLevelMax == 0 { return 0 }
        let histogram = chunk.definitionLevelHistogram
        guard histogram.map({ $0.count == leaf.definitionLevelMax + 1 && $0.allSatisfy { $0 >= 0 } }) ?? true
        else {
            throw ParquetError(
                .malformed, "a column's definition levels do not fit the schema", ["column": leaf.columnName])
        }
        let count = try chunk.statistics?.nullCount ?? histogram.map { try sum($0.dropLast(), leaf) }
        guard count.map({ $0 <= chunk.valueCount }) ?? true else {
            throw ParquetError(
                .malformed, "a column counts more nulls than values", ["column": leaf.columnName])
        }
        return count
    }

    /// Nil as soon as one chunk has none, or has the larger value first: a reader would skip rows by such bounds.
    private static func bounds(
        of chunks: [ColumnChunk], in order: ValueOrder, _ leaf: SchemaNode
    ) throws -> ValueBounds? {
        var result: ValueBounds?
        for chunk in chunks {
            guard let bounds = chunk.statistics?.bounds else { return nil }
            guard order.admits(bounds.minimum), order.admits(bounds.maximum) else {
                throw ParquetError(
                    .malformed, "a column's bounds do not fit its type", ["column": leaf.columnName])
            }
            guard !order.isLess(bounds.maximum, bounds.minimum) else { return nil }
            let soFar = result ?? bounds
            result = ValueBounds(
                minimum: order.isLess(bounds.minimum, soFar.minimum) ? bounds.minimum : soFar.minimum,
                maximum: order.isLess(soFar.maximum, bounds.maximum) ? bounds.maximum : soFar.maximum)
        }
        return result
    }

    private static func sum(_ counts: some Sequence<Int64>, _ leaf: SchemaNode) throws -> Int64 {
        var total: Int64 = 0
        for count in counts {
            let (sum, overflow) = total.addingReportingOverflow(count)
            guard !overflow else {
                throw ParquetError(.malformed, "a column's counts overflow", ["column": leaf.columnName])
            }
            total = sum
        }
        return total
    }
}
