/// What every store does, in the same way.
import ObjectStorage
import Testing

@Suite struct ObjectStoreConformanceTests {
    @Test(arguments: TestStore.allCases)
    func objectComesBackWholeAndInParts(kind: TestStore) async throws {
        try await kind.use { store in
            let bytes = (0..<1000).map { UInt8($0 % 251) }
            try await store.put(bytes, at: "trades/data/day=2026-01-01/żółw 1.parquet")
            try await store.put([], at: "empty")
            let path = "trades/data/day=2026-01-01/żółw 1.parquet"
            #expect(try await store.get(path) == bytes)
            #expect(try await store.size(path) == 1000)
            #expect(try await store.get("empty") == [])
            for range in [0..<0, 0..<1, 992..<1000, 1000..<1000, 0..<1000] as [Range<Int64>] {
                #expect(
                    try await store.get(path, range: range)
                        == Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
            }
            for range in [0..<1001, 1000..<1001, -1..<3, 5..<Int64.max] as [Range<Int64>] {
                #expect(try await code { _ = try await store.get(path, range: range) } == .invalidRange)
            }
            #expect(try await code { _ = try await store.get(path, byteCountMax: 999) } == .tooLarge)
        }
    }

    @Test(arguments: TestStore.allCases)
    func openObjectIsReadFromAnyPlaceAndSurvivesItsDeletion(kind: TestStore) async throws {
        try await kind.use { store in
            let bytes = (0..<1000).map { UInt8($0 % 251) }
            try await store.put(bytes, at: "a/object")
            let reader = try await store.open("a/object")
            try await store.delete("a/object")
            #expect(reader.size == 1000)
            for (offset, size, expected) in [(0, 10, 0..<10), (990, 50, 990..<1000), (1000, 5, 1000..<1000)] {
                var buffer = [UInt8](repeating: 0, count: size)
                let count = try buffer.withUnsafeMutableBytes { try reader.read(at: Int64(offset), into: $0) }
                #expect(Array(buffer.prefix(count)) == Array(bytes[expected]))
            }
            #expect(try await code { _ = try await store.open("a/object") } == .notFound)
        }
    }

    @Test(arguments: TestStore.allCases)
    func existingObjectIsNeverReplaced(kind: TestStore) async throws {
        try await kind.use { store in
            try await store.put([1], at: "a/put")
            let writer = try await store.create("a/created")
            try writer.write([2])
            for path in ["a/put", "a/created"] {
                #expect(try await code { try await store.put([9, 9], at: path) } == .alreadyExists)
                #expect(try await code { _ = try await store.create(path) } == .alreadyExists)
            }
            #expect(try await writer.finish() == 1)
            #expect(try await store.get("a/put") == [1])
            #expect(try await store.get("a/created") == [2])
        }
    }

    @Test(arguments: TestStore.allCases)
    func oneOfManyPutsAtOnePathWins(kind: TestStore) async throws {
        try await kind.use { store in
            let winners = await withTaskGroup(of: UInt8?.self) { group in
                for number in 1...8 as ClosedRange<UInt8> {
                    group.addTask {
                        (try? await store.put([number, number], at: "new/folder/object")).map { number }
                    }
                }
                return await group.reduce(into: []) { $0 += [$1].compactMap(\.self) }
            }
            try #require(winners.count == 1)
            #expect(try await store.get("new/folder/object") == [winners[0], winners[0]])
            #expect(try await store.list(prefix: "").map(\.path) == ["new/folder/object"])
        }
    }

    @Test(arguments: TestStore.allCases)
    func listIsInByteOrderAndByPrefix(kind: TestStore) async throws {
        try await kind.use { store in
            let paths = [
                "a-b", "a/b.c/d", "a/b/c", "a0", "b/hour=1/x", "b/hour=10/x", "b/hour=2/x", "z", "ż",
            ]
            for (size, path) in paths.enumerated().reversed() {
                try await store.put([UInt8](repeating: 0, count: size), at: path)
            }
            let all = try await store.list(prefix: "")
            #expect(all.map(\.path) == paths)
            #expect(all.map(\.size) == paths.indices.map(Int64.init))
            #expect(all.allSatisfy { $0.modifiedMicroseconds >= 1_767_225_600_000_000 })
            let cases = [
                "a": ["a-b", "a/b.c/d", "a/b/c", "a0"], "a/": ["a/b.c/d", "a/b/c"],
                "a/b": ["a/b.c/d", "a/b/c"],
                "a/b/": ["a/b/c"], "b/hour=1": ["b/hour=1/x", "b/hour=10/x"], "b/hour=1/": ["b/hour=1/x"],
                "b/hour=2/x": ["b/hour=2/x"], "nowhere/": [], "z/": [], "z/z": [],
            ]
            for (prefix, expected) in cases {
                #expect(try await store.list(prefix: prefix).map(\.path) == expected, "\(prefix)")
            }
        }
    }

    @Test(arguments: TestStore.allCases)
    func deletingTwiceIsNoError(kind: TestStore) async throws {
        try await kind.use { store in
            for path in ["a/1", "a/2", "b/3"] { try await store.put([1], at: path) }
            try await store.delete(["a/1", "b/3", "never/was"])
            try await store.delete("a/1")
            #expect(try await store.list(prefix: "").map(\.path) == ["a/2"])
            #expect(try await code { _ = try await store.get("a/1") } == .notFound)
            #expect(try await code { _ = try await store.size("a/1") } == .notFound)
            try await store.put([2], at: "a/1")
            #expect(try await store.get("a/1") == [2])
        }
    }

    @Test(arguments: TestStore.allCases)
    func pathsThatLeaveTheStoreAreRefused(kind: TestStore) async throws {
        let long = String(repeating: "x", count: 256)
        let paths = [
            "", "/", "/etc/passwd", "..", "../x", "a/../../x", "a/./b", ".", "a//b", "a/", "a\0b", "a\nb",
            "a/\u{7F}",
            ".staging-1", "a/.staging-1/b", long,
            Array(repeating: "1234567", count: 129).joined(separator: "/"),
        ]
        try await kind.use { store in
            for path in paths {
                #expect(try await code { try await store.put([1], at: path) } == .invalidPath, "\(path)")
                #expect(try await code { _ = try await store.create(path) } == .invalidPath)
                #expect(try await code { _ = try await store.get(path) } == .invalidPath)
                #expect(try await code { _ = try await store.size(path) } == .invalidPath)
                #expect(try await code { try await store.delete(path) } == .invalidPath)
            }
            for prefix in ["/", "../", "..", "a/../", "/etc", "a//b", "a\0"] {
                #expect(
                    try await code { _ = try await store.list(prefix: prefix) } == .invalidPath, "\(prefix)")
            }
            #expect(try await store.list(prefix: "") == [])
            try await store.put([1], at: "..a/b..c/...")
            #expect(try await store.get("..a/b..c/...") == [1])
        }
    }

    @Test(arguments: TestStore.allCases)
    func writerRereadsAndReplacesItsTail(kind: TestStore) async throws {
        try await kind.use { store in
            let writer = try await store.create("data/1.parquet")
            try writer.write(Array("PAR1".utf8))
            try writer.write([])
            try writer.write(Array("columns-footer".utf8))
            #expect(writer.size == 18)
            #expect(try await writer.read(4..<11) == Array("columns".utf8))
            #expect(try await code { _ = try await writer.read(4..<19) } == .invalidRange)
            try await writer.replaceTail(from: 12, with: Array("a longer footer".utf8))
            #expect(writer.size == 27)
            try await writer.replaceTail(from: 12, with: Array("end".utf8))
            try writer.write(Array("PAR1".utf8))
            #expect(try await writer.finish() == 19)
            #expect(try await store.get("data/1.parquet") == Array("PAR1columns-endPAR1".utf8))
        }
    }

    @Test(arguments: TestStore.allCases)
    func writerThatEndedTakesNothingMore(kind: TestStore) async throws {
        try await kind.use { store in
            let finished = try await store.create("finished")
            _ = try await finished.finish()
            let abandoned = try await store.create("abandoned")
            await abandoned.abandon()
            let failed = try await store.create("failed")
            try failed.write([1])
            #expect(try await code { try await failed.replaceTail(from: 2, with: [1]) } == .invalidRange)
            for writer in [finished, abandoned, failed] {
                #expect(try await code { try writer.write([1]) } == .writerClosed)
                #expect(try await code { _ = try await writer.read(0..<0) } == .writerClosed)
                #expect(try await code { try await writer.replaceTail(from: 0, with: []) } == .writerClosed)
                #expect(try await code { _ = try await writer.finish() } == .writerClosed)
                await writer.abandon()
            }
            #expect(try await store.list(prefix: "").map(\.path) == ["finished"])
        }
    }

    @Test(arguments: TestStore.allCases)
    func writerThatIsReleasedLeavesNothing(kind: TestStore) async throws {
        try await kind.use { store in
            try await store.create("forgotten").write([1, 2, 3])
            #expect(try await store.list(prefix: "") == [])
        }
    }

    @Test(arguments: TestStore.allCases)
    func fullDiskIsToldAndLeavesNoPartialObject(kind: TestStore) async throws {
        let chunk = [UInt8](repeating: 7, count: 1 << 20)
        try await kind.useTiny { store in
            let writer = try await store.create("a/streamed")
            let error = try #require(
                throws: ObjectStorageError.self,
                performing: { for _ in 0...64 { try writer.write(chunk) } })
            #expect(error.code == .diskFull)
            #expect(error.hint?.contains("df -h") == true)
            #expect(try await code { _ = try await writer.finish() } == .writerClosed)
            await writer.abandon()
            let large = Array(repeating: chunk, count: 65).flatMap(\.self)
            #expect(try await code { try await store.put(large, at: "a/put") } == .diskFull)
            #expect(try await store.list(prefix: "") == [])
            try await store.put([1], at: "a/put")
            #expect(try await store.get("a/put") == [1], "the space is free again")
        }
    }

    @Test func freeSpaceIsWhatMayStillBeWritten() async throws {
        let memory = InMemoryStore(byteCountMax: 100) { 0 }
        try memory.put([1, 2, 3], at: "a")
        #expect(memory.freeSpace() == 97)
        #expect(InMemoryStore { 0 }.freeSpace() == nil)
        try await TestStore.withFolder { root in
            let free = try #require(try await LocalFolderStore(root: root).freeSpace())
            #expect(free > 0)
        }
    }
}
