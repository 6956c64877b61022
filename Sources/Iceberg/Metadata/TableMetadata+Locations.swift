/// Where the files of a table go.
extension TableMetadata {
    /// The folder of metadata files: `write.metadata.path`, else `metadata` under the table's location.
    public var metadataFolder: String {
        Self.withoutTrailingSlash(properties["write.metadata.path"] ?? location + "/metadata")
    }

    /// The folder of data files: `write.data.path`, else `data` under the table's location.
    public var dataFolder: String {
        Self.withoutTrailingSlash(properties["write.data.path"] ?? location + "/data")
    }

    /// The name of the next metadata file: `00012-<uuid>.metadata.json`.
    /// - Parameters:
    ///   - previous: the current file's location; nil for a new table. Its number counts on; a name without one starts at 0.
    ///   - uuid: fresh for every attempt, so that no attempt overwrites another's file.
    public func metadataLocation(after previous: String?, uuid: String) -> String {
        let version = previous.flatMap(Self.version) ?? -1
        return "\(metadataFolder)/\((Int(version) + 1).padded(to: 5))-\(uuid).metadata.json"
    }

    /// Java, BaseMetastoreTableOperations.parseVersion: the number before the first dash of the file's name.
    private static func version(ofFileAt location: String) -> Int32? {
        let name = location.split(separator: "/").last ?? ""
        guard let dash = name.firstIndex(of: "-"), let version = Int32(name[..<dash]), version >= 0 else {
            return nil
        }
        return version
    }
}
