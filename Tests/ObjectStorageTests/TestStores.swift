/// The stores that the conformance suite runs over, each fresh and each removed after use.
import Foundation
import ObjectStorage
import Testing

enum TestStore: CaseIterable {
    case memory, folder

    /// Runs `body` with an empty store.
    func use(_ body: (any ObjectStore) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(InMemoryStore { 1_767_225_600_000_000 })
        case .folder: try await Self.withFolder { try await body(LocalFolderStore(root: $0)) }
        }
    }

    /// Runs `body` with an empty store that is full long before 65 MiB.
    func useTiny(_ body: (any ObjectStore) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(InMemoryStore(byteCountMax: 1 << 20) { 0 })
        case .folder: try await Self.withTinyFolder { try await body(LocalFolderStore(root: $0)) }
        }
    }

    /// A folder of its own under the system's temporary folder.
    static func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "object-storage-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    /// A file system of 1 MiB where we may mount one; elsewhere a folder, and a limit on the size of this process's
    /// files, which the kernel tells in the same way but for the error's number.
    private static func withTinyFolder(_ body: (String) async throws -> Void) async throws {
        try await withFolder { folder in
            if mount("tmpfs", folder, "tmpfs", 0, "size=1m") == 0 {
                defer { umount(folder) }
                try await body(folder)
            } else {
                // High enough for the files of tests that run at the same time.
                let usual = try limit()
                signal(SIGXFSZ, SIG_IGN)
                try set(rlimit(rlim_cur: 64 << 20, rlim_max: usual.rlim_max))
                defer { try? set(usual) }
                try await body(folder)
            }
        }
    }

    private static func limit() throws -> rlimit {
        var limit = rlimit()
        try #require(getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        return limit
    }

    private static func set(_ limit: rlimit) throws {
        var limit = limit
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
    }
}

extension ObjectWriter {
    func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes(write)
    }
}

/// The code of the `ObjectStorageError` that `body` throws.
func code(_ body: () async throws -> Void) async throws -> ObjectStorageError.Code {
    try #require(await #expect(throws: ObjectStorageError.self) { try await body() }).code
}
