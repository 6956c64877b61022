/// The rules that every store sets for its paths, so that what one takes the others take too.

enum ObjectPath {
    /// S3's limit for a key, and Linux's for one name.
    private static let byteCountMax = 1024
    private static let partByteCountMax = 255

    /// How the names begin under which `LocalFolderStore.put` writes before an object gets its own.
    static let stagingPrefix = ".staging-"

    /// - Throws: `invalidPath`, when the path is empty, absolute, too long, leaves the root or has a part that no file
    ///   may be called.
    static func check(_ path: String) throws {
        guard path.utf8.count <= byteCountMax else {
            throw ObjectStorageError(.invalidPath, "a path is longer than \(byteCountMax) bytes", path)
        }
        for part in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            try check(part: String(part) ?? "", of: path)
        }
    }

    /// A prefix is a path that may end inside a part, or after `/`; empty means everything.
    static func check(prefix: String) throws {
        let lastSlash = prefix.utf8.lastIndex(of: UInt8(ascii: "/"))
        guard let lastSlash else { return try check(prefixEnd: prefix[...], of: prefix) }
        try check(String(prefix[..<lastSlash]))
        try check(prefixEnd: prefix[prefix.index(after: lastSlash)...], of: prefix)
    }

    private static func check(prefixEnd: Substring, of prefix: String) throws {
        guard !prefixEnd.isEmpty else { return }
        try check(part: String(prefixEnd), of: prefix)
    }

    private static func check(part: String, of path: String) throws {
        guard !part.isEmpty, part != ".", part != "..", part.utf8.count <= partByteCountMax,
            part.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), !part.hasPrefix(stagingPrefix)
        else {
            throw ObjectStorageError(.invalidPath, "a path has a part that no object may be called", path)
        }
    }
}
