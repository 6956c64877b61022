/// An object in the making, in a file under its final name.
import BlockingIO
import Glibc
import Synchronization

/// `write` blocks the caller's thread; everything else blocks the writer's own.
actor LocalFolderWriter: ObjectWriter {
    private struct State: ~Copyable {
        /// Nil unless the phase is `writing`: a file that is open keeps its space even after it is removed.
        var file: OpenFile?
        var size: Int64 = 0
        var phase = WriterPhase.writing
    }

    private let executor: BlockingExecutor
    private nonisolated let state: Mutex<State>
    private nonisolated let file: String
    private nonisolated let folder: String
    private nonisolated let path: String

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(file: String, folder: String, path: String) throws {
        // Before the file, which would stay if there were no thread.
        executor = try BlockingExecutor(name: "folder-writer")
        let open = try OpenFile(file, O_RDWR | O_CREAT | O_EXCL, action: "create", name: path)
        Inheritance.settle(file, in: folder)
        state = Mutex(State(file: open))
        self.file = file
        self.folder = folder
        self.path = path
    }

    deinit {
        discard()
    }

    nonisolated var size: Int64 { state.withLock { $0.size } }

    nonisolated func write(_ bytes: UnsafeRawBufferPointer) throws {
        try change { file, size in
            try file.write(bytes, at: size)
            size += Int64(bytes.count)
        }
    }

    func read(_ range: Range<Int64>) throws -> [UInt8] {
        try state.withLock { state in
            guard let bytes = try state.file?.read(range) else { throw state.phase.refusal(path) }
            return bytes
        }
    }

    func replaceTail(from offset: Int64, with bytes: [UInt8]) throws {
        try change { file, size in
            guard (0...size).contains(offset) else {
                throw ObjectStorageError(.invalidRange, "the tail would begin outside the object", path)
            }
            try file.truncate(to: offset)
            try bytes.withUnsafeBytes { try file.write($0, at: offset) }
            size = offset + Int64(bytes.count)
        }
    }

    func finish() throws -> Int64 {
        try change(to: .finished) { file, size in
            try file.sync()
            try DurableFolders.sync(folder)
            return size
        }
    }

    func abandon() {
        discard()
    }

    private nonisolated func discard() {
        state.withLock { state in
            guard state.phase == .writing || state.phase == .failed else { return }
            state.phase = .abandoned
            state.file = nil
            unlink(file)
        }
    }

    /// A change that fails half way leaves bytes that cannot be known: after an fsync that failed, the next one may
    /// succeed although the kernel has dropped the pages (fsync(2), "EIO").
    private nonisolated func change<Output>(
        to next: WriterPhase = .writing, _ body: (borrowing OpenFile, inout Int64) throws -> Output
    ) throws -> Output {
        try state.withLock { state in
            guard let file = state.file.take() else { throw state.phase.refusal(path) }
            state.phase = .failed
            let output = try body(file, &state.size)
            state.phase = next
            if next == .writing { state.file = consume file }
            return output
        }
    }
}
