/// Makes folders so that they survive a loss of power, and with them the files they will hold.
import Glibc

/// A new folder is safe once its parent is synced (fsync(2): syncing a file does not sync the entry that names it).
struct DurableFolders {
    /// How many folders to remember; beyond that, forgetting costs a sync for each.
    private static let knownCountMax = 10_000

    private let root: String
    /// Folders whose entries this process has synced; one that merely exists may be another's, not yet synced.
    private var known: Set<String> = []

    init(root: String) {
        self.root = root
    }

    /// Makes the folders above an object, and returns the lowest.
    mutating func make(parentOf path: String) throws -> String {
        try ObjectPath.check(path)
        var folder = root
        for part in path.split(separator: "/").dropLast() {
            let parent = folder
            folder += "/\(part)"
            guard try Self.make(folder, in: parent, path) || !known.contains(folder) else { continue }
            try Self.sync(parent)
            if known.count >= Self.knownCountMax { known.removeAll() }
            known.insert(folder)
        }
        return folder
    }

    static func sync(_ folder: String) throws {
        let file = try OpenFile(folder, O_RDONLY | O_DIRECTORY, action: "open", name: folder)
        try file.sync()
    }

    static func parent(of file: String) -> String {
        String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
    }

    /// Returns whether it was this call that made the folder.
    private static func make(_ folder: String, in parent: String, _ path: String) throws -> Bool {
        do {
            _ = try retrying("make a folder", path) { mkdir(folder, 0o777) }
            Inheritance.settle(folder, in: parent)
            return true
        } catch let error as ObjectStorageError where error.code == .alreadyExists {
            return false
        }
    }
}
