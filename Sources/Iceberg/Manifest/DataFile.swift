/// A data file, or a delete file, as manifests describe it (Iceberg spec, "Data File Fields").
public struct DataFile: Hashable, Sendable {
    public enum Content: Int32, Sendable {
        case data = 0
        case positionDeletes = 1
        case equalityDeletes = 2
    }

    public var content: Content
    /// Absolute URI with its scheme.
    public var filePath: String
    /// Upper case, as Java writes it: `PARQUET`.
    public var fileFormat: String
    /// The partition spec the file was divided by; not in the file's record but in the manifest around it.
    public var specID: Int32
    /// One value for each field of that spec, in its order; nil is null.
    public var partition: [Literal?]
    public var recordCount: Int64
    /// The final size: readers seek the Parquet footer from it.
    public var fileSizeInBytes: Int64

    /// Bytes on disk by field id.
    public var columnSizes: [Int32: Int64]
    /// Values by field id, nulls and NaNs included.
    public var valueCounts: [Int32: Int64]
    public var nullValueCounts: [Int32: Int64]
    public var nanValueCounts: [Int32: Int64]
    /// Single values in the encoding of the spec's appendix D (`Literal.encoded`).
    public var lowerBounds: [Int32: [UInt8]]
    public var upperBounds: [Int32: [UInt8]]

    /// nil unless the file is encrypted.
    public var keyMetadata: [UInt8]?
    /// Ascending starts of row groups; empty when unknown.
    public var splitOffsets: [Int64]
    /// Field ids that an equality delete file compares; empty for every other content.
    public var equalityIDs: [Int32]
    /// nil or 0 for a file that no sort order of the table holds for.
    public var sortOrderID: Int32?
    /// The one data file that all rows of a position delete file refer to, if there is but one.
    public var referencedDataFile: String?

    public init(
        content: Content = .data, filePath: String, fileFormat: String = "PARQUET", specID: Int32,
        partition: [Literal?], recordCount: Int64, fileSizeInBytes: Int64, columnSizes: [Int32: Int64] = [:],
        valueCounts: [Int32: Int64] = [:], nullValueCounts: [Int32: Int64] = [:],
        nanValueCounts: [Int32: Int64] = [:], lowerBounds: [Int32: [UInt8]] = [:],
        upperBounds: [Int32: [UInt8]] = [:], keyMetadata: [UInt8]? = nil, splitOffsets: [Int64] = [],
        equalityIDs: [Int32] = [], sortOrderID: Int32? = nil, referencedDataFile: String? = nil
    ) {
        self.content = content
        self.filePath = filePath
        self.fileFormat = fileFormat
        self.specID = specID
        self.partition = partition
        self.recordCount = recordCount
        self.fileSizeInBytes = fileSizeInBytes
        self.columnSizes = columnSizes
        self.valueCounts = valueCounts
        self.nullValueCounts = nullValueCounts
        self.nanValueCounts = nanValueCounts
        self.lowerBounds = lowerBounds
        self.upperBounds = upperBounds
        self.keyMetadata = keyMetadata
        self.splitOffsets = splitOffsets
        self.equalityIDs = equalityIDs
        self.sortOrderID = sortOrderID
        self.referencedDataFile = referencedDataFile
    }
}
