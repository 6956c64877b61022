/// Keeps the number of manifests bounded as Java's MergeAppend does (iceberg-core ManifestMergeManager).
///
/// Manifests of one partition spec are packed into bins of the target size, from the oldest on. A bin is rewritten
/// as one manifest, but the bin of the newest files only once it holds enough of them.
struct ManifestMerge {
    /// Size of a bin (`commit.manifest.target-size-bytes`).
    private let targetByteCount: Int64
    /// Manifests in the newest bin before it is merged (`commit.manifest.min-count-to-merge`).
    private let countMin: Int
    /// `commit.manifest-merge.enabled`.
    private let isEnabled: Bool

    private let metadata: TableMetadata
    private let writer: ManifestWriter
    private let locationPrefix: String

    /// Entries of the manifests that this commit adds, by location.
    private var added: [String: [ManifestEntry]] = [:]
    private var addedManifests: [ManifestFile] = []
    private var files: [NewFile] = []

    init(metadata: TableMetadata, writer: ManifestWriter, commitUUID: String) {
        let properties = metadata.properties
        // Defaults of Java's TableProperties; values that are no numbers count as absent.
        targetByteCount = max(
            0, properties["commit.manifest.target-size-bytes"].flatMap { Int64($0) } ?? 8 << 20)
        countMin = properties["commit.manifest.min-count-to-merge"].flatMap { Int($0) } ?? 100
        isEnabled = properties["commit.manifest-merge.enabled"]?.lowercased() != "false"
        self.metadata = metadata
        self.writer = writer
        locationPrefix = "\(metadata.metadataFolder)/\(commitUUID)-m"
    }

    /// Puts new files of one spec into a manifest of their own.
    mutating func add(_ files: [DataFile], specID: Int32) throws {
        guard let spec = metadata.spec(id: specID) else {
            throw IcebergError(
                .invalidPartition, "files are divided by a spec that the table does not have",
                context: ["spec-id": String(specID)])
        }
        let entries = files.map { ManifestEntry.added($0, by: writer.snapshotID) }
        let row = try write(entries, spec)
        added[row.manifestPath] = entries
        addedManifests.append(row)
    }

    /// The new snapshot's manifests: data before deletes, newer specs before older ones, new manifests first.
    mutating func manifests(
        with parentManifests: [ManifestFile], _ read: Append.Reader
    ) async throws -> [ManifestFile] {
        // A manifest without live files has done its duty in the snapshot that wrote it.
        let live = parentManifests.filter(\.hasLiveFiles)
        let groups = Dictionary(
            grouping: addedManifests + live.filter { $0.content == .data }, by: \.partitionSpecID)
        var manifests: [ManifestFile] = []
        for (specID, group) in groups.sorted(by: { $0.key > $1.key }) {
            for bin in Self.bins(of: group, byteCountMax: targetByteCount) {
                manifests += isDue(bin) ? try await merged(bin, specID, read) : bin
            }
        }
        return manifests + live.filter { $0.content == .deletes }
    }

    /// The files that these manifests refer to, of those written here: a new manifest may have been merged at once.
    func files(in manifests: [ManifestFile]) -> [NewFile] {
        let locations = Set(manifests.map(\.manifestPath))
        return files.filter { locations.contains($0.location) }
    }

    /// Packs from the end, so that only the first bin, the one of the newest manifests, is left partly filled.
    static func bins(of manifests: [ManifestFile], byteCountMax: Int64) -> [[ManifestFile]] {
        var bins: [[ManifestFile]] = []
        var roomLeft: Int64 = 0
        for manifest in manifests.reversed() {
            if bins.isEmpty || manifest.manifestLength > roomLeft {
                bins.append([])
                roomLeft = byteCountMax
            }
            bins[bins.count - 1].append(manifest)
            roomLeft -= max(0, manifest.manifestLength)
        }
        return bins.reversed().map { $0.reversed() }
    }

    private func isDue(_ bin: [ManifestFile]) -> Bool {
        let isNewest = bin.contains { added[$0.manifestPath] != nil }
        return isEnabled && bin.count > 1 && (!isNewest || bin.count >= countMin)
    }

    /// One manifest in place of the bin, and those of the bin that cannot be rewritten without loss as they are.
    private mutating func merged(
        _ bin: [ManifestFile], _ specID: Int32, _ read: Append.Reader
    ) async throws -> [ManifestFile] {
        // A spec whose column is gone has no partition type any more, and its manifests cannot be written.
        guard let spec = metadata.spec(id: specID),
            let partition = try? spec.partitionType(in: metadata.currentSchema)
        else { return bin }
        var entries: [ManifestEntry] = []
        var kept: [ManifestFile] = []
        for manifest in bin {
            if let new = added[manifest.manifestPath] {
                entries += new
            } else if let old = try await liveEntries(of: manifest, partition, read) {
                entries += old
            } else {
                kept.append(manifest)
            }
        }
        guard bin.count - kept.count > 1 else { return bin }
        return [try write(entries, spec)] + kept
    }

    /// The entries that live on, as existing ones; nil when the manifest must stay as it is: it is encrypted, holds
    /// values we do not know, or not as many files as the list says.
    private func liveEntries(
        of manifest: ManifestFile, _ partition: [NestedField], _ read: Append.Reader
    ) async throws -> [ManifestEntry]? {
        guard manifest.keyMetadata == nil else { return nil }
        let bytes = try await read(manifest.manifestPath)
        let content = try Manifest(parsing: bytes, row: manifest, partition: partition)
        let live = content.entries.filter(\.isLive)
        guard content.isComplete, Int64(live.count) == manifest.liveFilesCount else { return nil }
        return live.map(\.asExisting)
    }

    private mutating func write(_ entries: [ManifestEntry], _ spec: PartitionSpec) throws -> ManifestFile {
        let (file, row) = try writer.write(entries, spec: spec, to: "\(locationPrefix)\(files.count).avro")
        files.append(file)
        return row
    }
}
