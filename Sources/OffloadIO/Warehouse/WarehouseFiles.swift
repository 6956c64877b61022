// The warehouse's objects by their Iceberg locations.
import FoundationEssentials
import Iceberg
import ObjectStorage
import OffloadCore

/// Turns locations (`file:///srv/lake/cold/trades/…`) into paths of an object store and its failures into the flow's.
public struct WarehouseFiles: Sendable {
    /// The warehouse as an absolute folder, no `/` at the end.
    public let root: String
    let store: any ObjectStore
    private let recent = RecentMetadata()

    /// - Parameter root: the absolute folder that `store` has as its root.
    public init(root: String, store: any ObjectStore) {
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
        self.store = store
    }

    /// Where a new table goes: `file://<root>/<namespace>/<table>`.
    func location(of table: TableName) -> String {
        "file://\(root)/\(table.namespace.replacing(".", with: "/"))/\(table.name)"
    }

    func nowMilliseconds() -> Int64 {
        Int64(Date().timeIntervalSince1970 * 1000)
    }

    func get(_ location: String) async throws -> [UInt8] {
        try await translated(location) { try await store.get($0) }
    }

    func open(_ location: String) async throws -> any ObjectReader {
        try await translated(location) { try await store.open($0) }
    }

    func get(_ location: String, range: Range<Int64>) async throws -> [UInt8] {
        try await translated(location) { try await store.get($0, range: range) }
    }

    func metadata(at location: String) async throws -> TableMetadata {
        if let metadata = recent[location] { return metadata }
        let metadata = try TableMetadata(parsing: try await get(location))
        recent.remember(metadata, at: location)
        return metadata
    }

    /// Writes a commit's files, each after those that it refers to.
    func put(_ commit: Commit) async throws {
        for file in commit.newFiles { try await put(file.bytes, at: file.location) }
        recent.remember(commit.metadata, at: commit.metadataLocation)
    }

    func put(_ bytes: [UInt8], at location: String) async throws {
        try await translated(location) { try await store.put(bytes, at: $0) }
    }

    func create(_ location: String) async throws -> any ObjectWriter {
        try await translated(location) { try await store.create($0) }
    }

    func remove(_ location: String) async throws {
        try await translated(location) { try await store.delete($0) }
    }

    func removeUnfinished(in folder: String) async throws {
        try await translated(folder) { try await store.removeUnfinished(in: $0) }
    }

    /// The locations of the objects in a folder, as the folder's own location spells them.
    func list(_ folder: String) async throws -> [String] {
        try await translated(folder) { path in
            try await store.list(prefix: path + "/").map { folder + $0.path.dropFirst(path.count) }
        }
    }

    public func freeSpace() async throws -> Int64? {
        try await translated("file://\(root)/.") { _ in try await store.freeSpace() }
    }

    private func translated<Output>(
        _ location: String, _ body: (String) async throws -> Output
    ) async throws -> Output {
        do {
            return try await body(try path(of: location))
        } catch let error as ObjectStorageError {
            throw Self.translate(error, location)
        }
    }

    static func translate(_ error: ObjectStorageError, _ location: String) -> OffloadError {
        OffloadError(
            error.code == .diskFull ? .diskFull : .lakeUnavailable,
            "the warehouse: \(error.message); nothing was committed", context: ["location": location],
            underlying: error, isRetryable: error.isRetryable, hint: error.hint)
    }

    /// Java writes `file:/srv`, PyIceberg `file:///srv`: one and the same place.
    private func path(of location: String) throws -> String {
        var path = Substring(location)
        if path.hasPrefix("file:") { path = path.dropFirst("file:".count) }
        while path.hasPrefix("//") { path = path.dropFirst() }
        guard path.hasPrefix(root + "/") else {
            throw OffloadError(
                .lakeUnavailable, "a file of the Iceberg table lies outside the warehouse \(root)",
                context: ["location": location],
                hint: "set `warehouse:` to a folder that holds all its tables")
        }
        return String(path.dropFirst(root.count + 1))
    }
}
