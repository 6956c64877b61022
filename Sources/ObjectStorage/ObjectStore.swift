/// The door to a place that keeps objects: bytes under a path, written once, never changed.

/// A path is relative to the store's root, with `/` between its parts: `trades/data/day=2026-01-01/0001.parquet`.
///
/// What `put` or `ObjectWriter.finish` has returned for survives a loss of power. An object that `put` makes is whole or
/// absent; one that `create` makes can be seen while it grows, so nothing may refer to it before `finish`.
/// All functions throw `ObjectStorageError`.
public protocol ObjectStore: Sendable {
    /// Writes a whole object; throws `alreadyExists` rather than replace one.
    func put(_ bytes: [UInt8], at path: String) async throws

    /// Begins an object whose bytes come piece by piece; throws `alreadyExists` rather than replace one.
    func create(_ path: String) async throws -> any ObjectWriter

    /// Some bytes of an object; throws `invalidRange` when it has not that many, before anything is allocated.
    func get(_ path: String, range: Range<Int64>) async throws -> [UInt8]

    /// Opens an object for reading on another thread; throws `notFound`.
    func open(_ path: String) async throws -> any ObjectReader

    /// The number of an object's bytes; throws `notFound`.
    func size(_ path: String) async throws -> Int64

    /// The objects whose paths begin with `prefix`, which may end inside a part; in the order of the paths' bytes.
    func list(prefix: String) async throws -> [ObjectSummary]

    /// Removes objects for good; one that is not there is no error.
    func delete(_ paths: [String]) async throws

    /// Removes what `put`s that never ended have left in a folder. One that is still under way there fails.
    func removeUnfinished(in folder: String) async throws

    /// How many bytes may still be written; nil where there is no such limit.
    func freeSpace() async throws -> Int64?
}

extension ObjectStore {
    /// A whole object.
    ///
    /// - Parameter byteCountMax: more than that throws `tooLarge`, unread; 256 MiB by default.
    public func get(_ path: String, byteCountMax: Int64 = 256 << 20) async throws -> [UInt8] {
        let size = try await size(path)
        guard size <= byteCountMax else {
            throw ObjectStorageError(
                .tooLarge, "an object of \(size) bytes is over the limit of \(byteCountMax)", path)
        }
        return try await get(path, range: 0..<size)
    }

    /// Removes one object for good; one that is not there is no error.
    public func delete(_ path: String) async throws {
        try await delete([path])
    }
}

/// One object of a listing.
public struct ObjectSummary: Sendable, Equatable {
    public let path: String
    /// Bytes.
    public let size: Int64
    /// When it was last written, in microseconds since 1970-01-01T00:00Z, by the store's clock.
    public let modifiedMicroseconds: Int64

    public init(path: String, size: Int64, modifiedMicroseconds: Int64) {
        self.path = path
        self.size = size
        self.modifiedMicroseconds = modifiedMicroseconds
    }
}
