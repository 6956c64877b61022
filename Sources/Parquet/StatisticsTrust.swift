/// Which minima and maxima of which ClickHouse releases may be believed.

public struct StatisticsTrust: Sendable {
    public enum Verdict: Sendable {
        /// True bounds: for readers of the file and for the manifest.
        case sound
        /// Readers of the file know how to take them; as bounds in a manifest they would be read as exact.
        case fileOnly
        /// Wrong or read in another order: they must leave the file too.
        case unsafe
    }

    /// The release that wrote the file; nil for a writer that is not ClickHouse, which gets no benefit of the doubt.
    public let writer: WriterVersion?

    public init(writer: WriterVersion?) {
        self.writer = writer
    }

    public func verdict(on leaf: SchemaNode) -> Verdict {
        switch (leaf.logicalType, leaf.physicalType) {
        case (.decimal, _):
            // Compared as unsigned bytes before ClickHouse #83754: -1 came out above 1.
            wrote(since: WriterVersion(25, 8)) ? .sound : .unsafe
        case (.uuid, _):
            // Read from freed memory before ClickHouse #103692; and in every release ClickHouse's own reader orders
            // UUIDs differently from their bytes and skips rows that match (#118371, #118380, #118387).
            .unsafe
        case (_, .float), (_, .double), (.float16, _):
            // NaNs are left out and not counted, and -0.0 may hide behind a minimum of +0.0: Parquet readers allow
            // for both, Iceberg's do not (parquet.thrift, `ColumnOrder`; Iceberg spec, "Manifests").
            .fileOnly
        default:
            .sound
        }
    }

    private func wrote(since fixed: WriterVersion) -> Bool {
        writer.map { $0 >= fixed } ?? false
    }
}
