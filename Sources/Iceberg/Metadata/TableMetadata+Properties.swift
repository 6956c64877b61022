/// The next metadata of a table: other properties, and everything else as it was.
extension TableMetadata {
    /// The metadata after some table properties have changed; no snapshot is added.
    ///
    /// - Parameters:
    ///   - changes: what is set; nil removes a property.
    ///   - previousMetadataLocation: the file that this metadata came from; it goes into the metadata log.
    ///   - timestampMilliseconds: now; raised to the last time that the table knows, as for a snapshot.
    /// - Throws: `.invalidMetadata`.
    public func setting(
        properties changes: [String: String?], previousMetadataLocation: String, timestampMilliseconds: Int64
    ) throws -> TableMetadata {
        var all = properties
        for (name, value) in changes { all[name] = value }
        let sorted = all.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
        let members: [(String, JSONValue)] = [
            ("last-updated-ms", .int(max(timestampMilliseconds, try lastKnownMilliseconds))),
            ("properties", .object(sorted)),
            ("metadata-log", try nextMetadataLog(all, previousMetadataLocation)),
        ]
        return try TableMetadata(root: root.setting(members), snapshots: snapshots)
    }
}
