/// An earlier metadata file of the table and when it was written.
public struct MetadataLogEntry: Sendable, Hashable {
    public var timestampMilliseconds: Int64
    public var metadataFile: String

    init(json: JSONText) throws {
        timestampMilliseconds = try json.int64("timestamp-ms")
        metadataFile = try json.string("metadata-file")
    }
}
