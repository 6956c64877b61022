/// A store in memory, for simulations and tests; its clock and its space are the caller's.
import Synchronization

/// Keeps what `LocalFolderStore` keeps, but for a loss of power.
public final class InMemoryStore: ObjectStore {
    private struct Object {
        var bytes: [UInt8]
        var modifiedMicroseconds: Int64
    }

    private let objects = Mutex<[String: Object]>([:])
    private let byteCountMax: Int64?
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - byteCountMax: how many bytes all objects may hold together before `diskFull`; nil, the default, for no limit.
    ///   - now: microseconds since 1970-01-01T00:00Z.
    public init(byteCountMax: Int64? = nil, now: @escaping @Sendable () -> Int64) {
        self.byteCountMax = byteCountMax
        self.now = now
    }

    public func put(_ bytes: [UInt8], at path: String) throws {
        try add(path, bytes)
    }

    public func create(_ path: String) throws -> any ObjectWriter {
        try add(path, [])
        return InMemoryWriter(store: self, path: path)
    }

    public func get(_ path: String, range: Range<Int64>) throws -> [UInt8] {
        let bytes = try object(path).bytes
        guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
            throw ObjectStorageError(.invalidRange, "fewer bytes than were asked for", path)
        }
        return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    public func open(_ path: String) throws -> any ObjectReader {
        InMemoryReader(bytes: try object(path).bytes)
    }

    public func size(_ path: String) throws -> Int64 {
        Int64(try object(path).bytes.count)
    }

    public func list(prefix: String) throws -> [ObjectSummary] {
        try ObjectPath.check(prefix: prefix)
        return objects.withLock { objects in
            objects.filter { $0.key.utf8.starts(with: prefix.utf8) }
                .map {
                    ObjectSummary(
                        path: $0.key, size: Int64($0.value.bytes.count),
                        modifiedMicroseconds: $0.value.modifiedMicroseconds)
                }
                .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        }
    }

    public func delete(_ paths: [String]) throws {
        for path in paths { try ObjectPath.check(path) }
        objects.withLock { objects in paths.forEach { objects[$0] = nil } }
    }

    /// Nothing: here `put` cannot be cut short.
    public func removeUnfinished(in folder: String) throws {
        try ObjectPath.check(prefix: folder + "/")
    }

    public func freeSpace() -> Int64? {
        byteCountMax.map { byteCountMax in objects.withLock { byteCountMax - Self.byteCount($0) } }
    }

    /// Cuts an object off at `offset`, or leaves it whole where that is nil, and appends `bytes`.
    func extend(_ path: String, from offset: Int64?, with bytes: UnsafeRawBufferPointer) throws {
        try objects.withLock { objects in
            guard let size = objects[path]?.bytes.count else {
                throw ObjectStorageError(.notFound, "the object was deleted while it was written", path)
            }
            let offset = offset ?? Int64(size)
            guard (0...Int64(size)).contains(offset) else {
                throw ObjectStorageError(.invalidRange, "the tail would begin outside the object", path)
            }
            try checkSpace(objects, growth: offset - Int64(size) + Int64(bytes.count), path)
            objects[path]?.bytes.replaceSubrange(Int(offset)..., with: bytes)
            objects[path]?.modifiedMicroseconds = now()
        }
    }

    private func add(_ path: String, _ bytes: [UInt8]) throws {
        try ObjectPath.check(path)
        try objects.withLock { objects in
            guard objects[path] == nil else {
                throw ObjectStorageError(.alreadyExists, "cannot create", path)
            }
            try checkSpace(objects, growth: Int64(bytes.count), path)
            objects[path] = Object(bytes: bytes, modifiedMicroseconds: now())
        }
    }

    private func object(_ path: String) throws -> Object {
        try ObjectPath.check(path)
        guard let object = objects.withLock({ $0[path] }) else {
            throw ObjectStorageError(.notFound, "no such object", path)
        }
        return object
    }

    private func checkSpace(_ objects: [String: Object], growth: Int64, _ path: String) throws {
        guard let byteCountMax else { return }
        guard Self.byteCount(objects) + growth <= byteCountMax else {
            throw ObjectStorageError(.diskFull, "no space left in memory", path)
        }
    }

    private static func byteCount(_ objects: [String: Object]) -> Int64 {
        objects.values.reduce(0) { $0 + Int64($1.bytes.count) }
    }
}
