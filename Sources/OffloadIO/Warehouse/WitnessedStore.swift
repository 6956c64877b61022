// An object store with a witness at each call: reaches into the lake's calls and into the commit.
import ObjectStorage
import OffloadCore

/// The same store, with `witness` told before and after each call. The bytes of an object in the making are not told.
public struct WitnessedStore: ObjectStore {
    private let inner: any ObjectStore
    private let witness: DoorWitness

    public init(_ inner: any ObjectStore, witness: @escaping DoorWitness) {
        self.inner = inner
        self.witness = witness
    }

    public func put(_ bytes: [UInt8], at path: String) async throws {
        try await witnessed(.putFile, by: witness) { try await inner.put(bytes, at: path) }
    }

    public func create(_ path: String) async throws -> any ObjectWriter {
        try await inner.create(path)
    }

    public func get(_ path: String, range: Range<Int64>) async throws -> [UInt8] {
        try await witnessed(.getFile, by: witness) { try await inner.get(path, range: range) }
    }

    public func open(_ path: String) async throws -> any ObjectReader {
        try await inner.open(path)
    }

    public func size(_ path: String) async throws -> Int64 {
        try await inner.size(path)
    }

    public func list(prefix: String) async throws -> [ObjectSummary] {
        try await witnessed(.listFiles, by: witness) { try await inner.list(prefix: prefix) }
    }

    public func delete(_ paths: [String]) async throws {
        try await witnessed(.deleteFiles, by: witness) { try await inner.delete(paths) }
    }

    public func removeUnfinished(in folder: String) async throws {
        try await witnessed(.deleteFiles, by: witness) { try await inner.removeUnfinished(in: folder) }
    }

    public func freeSpace() async throws -> Int64? {
        try await inner.freeSpace()
    }
}
