/// The next metadata of a table: one more snapshot on `main`, everything else as it was.
extension TableMetadata {
    /// The metadata after this snapshot is committed; costs copies of the bytes, and no pass over the history.
    ///
    /// The snapshot's time is raised to the last time that the table knows, because Java refuses to read a table whose logs
    /// run backwards ("[BUG] Expected sorted snapshot log entries").
    /// - Parameters:
    ///   - properties: table properties to set in the same commit.
    ///   - previousMetadataLocation: the file that this metadata came from; it goes into the metadata log.
    /// - Throws: `.conflict` when the snapshot was made for another state of the table; `.invalidMetadata`.
    public func adding(
        snapshot: Snapshot, properties changes: [String: String] = [:], previousMetadataLocation: String
    ) throws -> TableMetadata {
        try check(snapshot)
        var snapshot = snapshot
        snapshot.timestampMilliseconds = max(snapshot.timestampMilliseconds, try lastKnownMilliseconds)

        let mainHead: [(String, JSONValue)] = [
            ("snapshot-id", .int(snapshot.snapshotID)), ("type", "branch"),
        ]
        let refs = try JSONObject(member("refs", else: [:]))
        let main = try JSONObject(refs["main"] ?? JSONText([:])).setting(mainHead).text
        var members: [(String, JSONValue)] = [
            ("last-sequence-number", .int(snapshot.sequenceNumber)),
            ("last-updated-ms", .int(snapshot.timestampMilliseconds)),
            ("current-snapshot-id", .int(snapshot.snapshotID)),
            ("refs", .raw(refs.setting([("main", .raw(main))]).text)),
            ("snapshots", .raw(try member("snapshots", else: []).appending(snapshot.json))),
            (
                "snapshot-log",
                .raw(try member("snapshot-log", else: []).appending(Self.logEntry(of: snapshot)))
            ),
            (
                "metadata-log",
                try nextMetadataLog(properties.merging(changes) { $1 }, previousMetadataLocation)
            ),
        ]
        if !changes.isEmpty {
            let settings = changes.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
            members.append(
                ("properties", .raw(try JSONObject(member("properties", else: [:])).setting(settings).text)))
        }
        return try TableMetadata(root: root.setting(members), snapshots: snapshots.adding(snapshot))
    }

    private func check(_ snapshot: Snapshot) throws {
        let context = ["snapshot-id": String(snapshot.snapshotID), "table-uuid": tableUUID]
        guard snapshot.parentSnapshotID == currentSnapshotID else {
            throw IcebergError(
                .conflict, "the table has moved on from the snapshot's parent", context: context)
        }
        // Java, TableMetadata.Builder.addSnapshot.
        guard snapshot.sequenceNumber > lastSequenceNumber else {
            throw IcebergError(.conflict, "the snapshot's sequence number is in use", context: context)
        }
        guard snapshots.byID[snapshot.snapshotID] == nil else {
            throw IcebergError(.conflict, "the snapshot is in the table already", context: context)
        }
    }

    var lastKnownMilliseconds: Int64 {
        get throws {
            let snapshotLog = try member("snapshot-log", else: []).elements.last?.int64("timestamp-ms")
            let times = [lastUpdatedMilliseconds, metadataLog.last?.timestampMilliseconds, snapshotLog]
            return times.compactMap { $0 }.max() ?? lastUpdatedMilliseconds
        }
    }

    private func member(_ key: String, else empty: JSONValue) throws -> JSONText {
        try root.optional(key) { $0 } ?? JSONText(empty)
    }

    private static func logEntry(of snapshot: Snapshot) -> JSONValue {
        ["timestamp-ms": .int(snapshot.timestampMilliseconds), "snapshot-id": .int(snapshot.snapshotID)]
    }

    /// The log with the previous file at its end and no more entries than the table's properties allow.
    func nextMetadataLog(_ properties: [String: String], _ previous: String) throws -> JSONValue {
        let countMax = max(1, properties["write.metadata.previous-versions-max"].flatMap { Int($0) } ?? 100)
        let entry: JSONValue = [
            "timestamp-ms": .int(lastUpdatedMilliseconds), "metadata-file": .string(previous),
        ]
        return .array(
            try member("metadata-log", else: []).elements.suffix(countMax - 1).map { .raw($0) } + [entry])
    }

    /// The metadata files that this commit dropped from the log of `base`; a table with
    /// `write.metadata.delete-after-commit.enabled` wants them deleted once the commit stands.
    public func droppedMetadataFiles(since base: TableMetadata) -> [String] {
        let kept = Set(metadataLog.map(\.metadataFile))
        return base.metadataLog.map(\.metadataFile).filter { !kept.contains($0) }
    }

    /// Whether `droppedMetadataFiles` are to be deleted; Iceberg's default is no.
    public var deletesMetadataAfterCommit: Bool {
        properties["write.metadata.delete-after-commit.enabled"]?.lowercased() == "true"
    }

    /// A random id that no snapshot of the table has.
    public func freshSnapshotID(using generator: inout some RandomNumberGenerator) -> Int64 {
        var id: Int64
        repeat { id = Int64.random(in: 1...Int64.max, using: &generator) } while snapshots.byID[id] != nil
        return id
    }
}
