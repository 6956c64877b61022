/// Walks a folder for the objects under a prefix.
import Glibc

struct FolderListing {
    /// A path of 1024 bytes has no more parts than this; deeper folders are not the store's.
    private static let depthMax = 512

    private let root: String
    private let prefix: String

    init(root: String, prefix: String) {
        self.root = root
        self.prefix = prefix
    }

    /// In the order of the paths' bytes, which is the order of S3.
    func run() throws -> [ObjectSummary] {
        // A folder that is not there holds no objects, but a root that is not there means that a mount is missing.
        _ = try retrying("list", prefix) { access(root, F_OK) }
        var objects: [ObjectSummary] = []
        let folder = prefix.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/")
        try walk(folder, depth: 0, into: &objects)
        return objects.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private func walk(_ folder: String, depth: Int, into objects: inout [ObjectSummary]) throws {
        guard depth < Self.depthMax else { return }
        let names = try Self.names(in: "\(root)/\(folder)", path: folder)
        for name in names where !name.hasPrefix(ObjectPath.stagingPrefix) {
            try visit(folder.isEmpty ? name : "\(folder)/\(name)", depth: depth, into: &objects)
        }
    }

    /// What is in a folder; nothing if it is not there, since another process may have removed it a moment ago.
    static func names(in folder: String, path: String) throws -> [String] {
        var opened = opendir(folder)
        while opened == nil && errno == EINTR { opened = opendir(folder) }
        guard let stream = opened else {
            guard errno == ENOENT || errno == ENOTDIR else {
                throw ObjectStorageError(errno: errno, "list", path)
            }
            return []
        }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            // By its address: an entry ends with its name, where memory may end too, and not where `dirent` says.
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                String(validatingCString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if let name, name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw ObjectStorageError(errno: errno, "list", path) }
        return names
    }

    /// Symbolic links are neither objects nor followed: they could lead out of the store.
    private func visit(_ path: String, depth: Int, into objects: inout [ObjectSummary]) throws {
        guard path.hasPrefix(prefix) || prefix.hasPrefix(path + "/") else { return }
        var status = stat()
        guard lstat("\(root)/\(path)", &status) == 0 else {
            guard errno == ENOENT else { throw ObjectStorageError(errno: errno, "list", path) }
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: try walk(path, depth: depth + 1, into: &objects)
        case S_IFREG:
            let modified = Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1000
            objects.append(
                ObjectSummary(path: path, size: Int64(status.st_size), modifiedMicroseconds: modified))
        default: break
        }
    }
}
