/// What only a real file system can do to a store.
import Foundation
import Testing

@testable import ObjectStorage

@Suite struct LocalFolderStoreTests {
    @Test(
        arguments: [
            (ENOENT, .notFound), (ENOTDIR, .notFound), (EEXIST, .alreadyExists), (EACCES, .permissionDenied),
            (EPERM, .permissionDenied), (EROFS, .readOnly), (ENOSPC, .diskFull), (EDQUOT, .diskFull),
            (EFBIG, .diskFull),
            (EMFILE, .tooManyOpenFiles), (ENFILE, .tooManyOpenFiles), (ENAMETOOLONG, .invalidPath),
            (EIO, .failed),
        ] as [(Int32, ObjectStorageError.Code)])
    func systemErrorsAreSorted(number: Int32, code: ObjectStorageError.Code) {
        let error = ObjectStorageError(errno: number, "write", "a/b")
        #expect(error.code == code)
        #expect(error.description.hasPrefix("object storage: cannot write: "))
        #expect(error.description.hasSuffix(": a/b (\(code.rawValue))"))
        #expect(error.debugDescription.contains("errno: \(number)"))
    }

    /// Nobody, root included, may make files in sysfs.
    @Test func folderThatCannotBeWrittenIsToldWithAHint() async throws {
        let store = try LocalFolderStore(root: "/sys/kernel")
        for body in [
            { try await store.put([1], at: "object") }, { try await store.put([1], at: "folder/object") },
            { _ = try await store.create("object") },
        ] {
            let error = try #require(await #expect(throws: ObjectStorageError.self) { try await body() })
            #expect([.permissionDenied, .readOnly].contains(error.code))
            #expect(error.hint?.contains("ReadWritePaths") == true)
        }
    }

    @Test(arguments: ["relative", "", "/nowhere/at/all", "/etc/passwd", "/tmp\0"])
    func rootMustBeAFolderThatExists(root: String) async throws {
        let code = try await code { _ = try LocalFolderStore(root: root) }
        #expect([.notFound, .invalidPath].contains(code))
    }

    @Test func rootMayBeASymbolicLink() async throws {
        try await TestStore.withFolder { root in
            try FileManager.default.createDirectory(
                atPath: root + "/real", withIntermediateDirectories: false)
            try FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: "real")
            let store = try LocalFolderStore(root: root + "/link")
            try await store.put([1], at: "a")
            try await store.put([2], at: "b/c")
            #expect(
                try await LocalFolderStore(root: root + "/real").list(prefix: "").map(\.path) == ["a", "b/c"])
        }
    }

    /// A command by hand must not lock the service out of its own warehouse.
    @Test(.enabled(if: geteuid() == 0)) func whatRootMakesBelongsToTheFoldersOwner() async throws {
        try await TestStore.withFolder { root in
            try #require(chown(root, 61_184, 61_185) == 0)
            let store = try LocalFolderStore(root: root)
            try await store.put([1], at: "a/put")
            let writer = try await store.create("a/b/created")
            _ = try await writer.finish()
            for path in ["a", "a/put", "a/b", "a/b/created"] {
                var status = stat()
                try #require(lstat("\(root)/\(path)", &status) == 0)
                #expect(status.st_uid == 61_184 && status.st_gid == 61_185, "\(path)")
            }
        }
    }

    @Test func rootThatWentAwayIsNotAnEmptyStore() async throws {
        try await TestStore.withFolder { root in
            let store = try LocalFolderStore(root: root)
            try FileManager.default.removeItem(atPath: root)
            #expect(try await code { _ = try await store.list(prefix: "") } == .notFound)
            #expect(try await code { try await store.put([1], at: "a") } == .notFound)
            #expect(try await code { try await store.put([1], at: "a/b") } == .notFound)
        }
    }

    @Test func onlyFilesAreObjects() async throws {
        try await TestStore.withFolder { root in
            let store = try LocalFolderStore(root: root)
            try FileManager.default.createDirectory(
                atPath: root + "/folder", withIntermediateDirectories: false)
            try FileManager.default.createSymbolicLink(
                atPath: root + "/link", withDestinationPath: "/etc/passwd")
            try FileManager.default.createSymbolicLink(atPath: root + "/etc", withDestinationPath: "/etc")
            try #require(mkfifo(root + "/pipe", 0o600) == 0)
            #expect(try await store.list(prefix: "") == [])
            #expect(try await code { _ = try await store.get("folder") } == .notFound)
            #expect(try await code { _ = try await store.get("link") } == .invalidPath)
            #expect(try await code { _ = try await store.size("pipe") } == .notFound)
            #expect(try await code { try await store.put([1], at: "link") } == .alreadyExists)
        }
    }

    /// More names than readdir(3) gets at once, so that the last ones end where its buffer does: AddressSanitizer sees
    /// who reads on.
    @Test func folderMayHoldManyObjects() async throws {
        try await TestStore.withFolder { root in
            let names = (1000..<3000).map { "object-\($0)" }
            for name in names { try Data().write(to: URL(filePath: "\(root)/\(name)")) }
            #expect(try await LocalFolderStore(root: root).list(prefix: "").map(\.path) == names)
        }
    }

    @Test func leftoversOfACrashedPutAreNotObjects() async throws {
        try await TestStore.withFolder { root in
            let store = try LocalFolderStore(root: root)
            try await store.put([1], at: "a/whole")
            try Data([1]).write(to: URL(filePath: root + "/a/.staging-0"))
            #expect(try await store.list(prefix: "").map(\.path) == ["a/whole"])
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: root + "/a").sorted() == [
                    ".staging-0", "whole",
                ])
            try await store.removeUnfinished(in: "a")
            #expect(try FileManager.default.contentsOfDirectory(atPath: root + "/a") == ["whole"])
            try await store.removeUnfinished(in: "never/made")
        }
    }

    @Test func folderRemovedBetweenTwoPutsIsMadeAgain() async throws {
        try await TestStore.withFolder { root in
            let store = try LocalFolderStore(root: root)
            try await store.put([1], at: "a/b/1")
            try FileManager.default.removeItem(atPath: root + "/a")
            try await store.put([2], at: "a/b/2")
            #expect(try await store.list(prefix: "").map(\.path) == ["a/b/2"])
        }
    }
}
