/// A store in a folder of a local or network file system.
import BlockingIO
import Foundation

/// One thread does all the blocking calls but those of the writers, each of which has its own.
///
/// `put` writes under a temporary name, syncs, and links the object's own name to it: link(2) never replaces a file and,
/// unlike renameat2(2) with RENAME_NOREPLACE, works on NFS too. `create` writes under the final name at once, since nothing
/// refers to a data file before its commit: a crash would leave the same orphan under either name.
public actor LocalFolderStore: ObjectStore {
    private let executor: BlockingExecutor
    private let root: String
    private var folders: DurableFolders

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameter root: an absolute path to a folder that exists. It is not made: where a mount is missing, that would
    ///   fill the disk beneath it.
    /// - Throws: `ObjectStorageError` of code `invalidPath` or `notFound`, or `ThreadError`.
    public init(root: String) throws {
        guard root.hasPrefix("/"), !root.utf8.contains(0) else {
            throw ObjectStorageError(.invalidPath, "a store's folder must be an absolute path", root)
        }
        var status = stat()
        _ = try retrying("open the store's folder", root) { stat(root, &status) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw ObjectStorageError(.notFound, "the store's root is no folder", root)
        }
        // The root may be a symbolic link, as systemd's StateDirectory is; what is opened below it may not.
        guard let resolved = realpath(root, nil) else {
            throw ObjectStorageError(errno: errno, "resolve the store's folder", root)
        }
        defer { free(resolved) }
        self.root = String(cString: resolved)
        executor = try BlockingExecutor(name: "folder-store")
        folders = DurableFolders(root: self.root)
    }

    public func put(_ bytes: [UInt8], at path: String) throws {
        let folder = try folders.make(parentOf: path)
        let staging = "\(folder)/\(ObjectPath.stagingPrefix)\(UInt64.random(in: 0 ... .max))"
        let file = try OpenFile(staging, O_WRONLY | O_CREAT | O_EXCL, action: "create", name: path)
        Inheritance.settle(staging, in: folder)
        do {
            try bytes.withUnsafeBytes { try file.write($0, at: 0) }
            try file.sync()
            _ = try retrying("create", path) { link(staging, location(of: path)) }
        } catch {
            unlink(staging)
            throw error
        }
        // Before the sync, which saves both: a loss of power must not bring the temporary name back.
        _ = try retrying("create", path) { unlink(staging) }
        try DurableFolders.sync(folder)
    }

    public func create(_ path: String) throws -> any ObjectWriter {
        let folder = try folders.make(parentOf: path)
        return try LocalFolderWriter(file: location(of: path), folder: folder, path: path)
    }

    public func open(_ path: String) throws -> any ObjectReader {
        try LocalFolderReader(try file(at: path))
    }

    public func get(_ path: String, range: Range<Int64>) throws -> [UInt8] {
        let file = try file(at: path)
        return try file.read(range)
    }

    public func size(_ path: String) throws -> Int64 {
        let file = try file(at: path)
        return Int64(try file.status().st_size)
    }

    public func list(prefix: String) throws -> [ObjectSummary] {
        try ObjectPath.check(prefix: prefix)
        return try FolderListing(root: root, prefix: prefix).run()
    }

    public func delete(_ paths: [String]) throws {
        for path in paths { try ObjectPath.check(path) }
        try remove(paths)
    }

    public func removeUnfinished(in folder: String) throws {
        try ObjectPath.check(prefix: folder + "/")
        let names = try FolderListing.names(in: location(of: folder), path: folder)
        try remove(names.filter { $0.hasPrefix(ObjectPath.stagingPrefix) }.map { "\(folder)/\($0)" })
    }

    private func remove(_ paths: [String]) throws {
        var changed: Set<String> = []
        for path in paths {
            let file = location(of: path)
            do {
                _ = try retrying("delete", path) { unlink(file) }
                changed.insert(DurableFolders.parent(of: file))
            } catch let error as ObjectStorageError where error.code == .notFound {
                continue
            }
        }
        for folder in changed {
            try DurableFolders.sync(folder)
        }
    }

    public func freeSpace() throws -> Int64? {
        var status = statvfs()
        _ = try retrying("stat", root) { statvfs(root, &status) }
        let (byteCount, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(
            by: UInt64(status.f_frsize))
        return overflow ? .max : Int64(clamping: byteCount)
    }

    private func location(of path: String) -> String { "\(root)/\(path)" }

    private func file(at path: String) throws -> OpenFile {
        try ObjectPath.check(path)
        let file = try OpenFile(location(of: path), O_RDONLY | O_NONBLOCK, action: "open", name: path)
        // A folder opens too, and so does a pipe, which O_NONBLOCK keeps from waiting for its other end.
        guard try file.status().st_mode & S_IFMT == S_IFREG else {
            throw ObjectStorageError(.notFound, "the path is no object", path)
        }
        return file
    }
}
