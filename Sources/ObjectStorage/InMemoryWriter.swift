/// An object in the making, in memory.
import Synchronization

final class InMemoryWriter: ObjectWriter {
    private let store: InMemoryStore
    private let path: String
    private let phase = Mutex(WriterPhase.writing)

    init(store: InMemoryStore, path: String) {
        self.store = store
        self.path = path
    }

    deinit {
        discard()
    }

    var size: Int64 { (try? store.size(path)) ?? 0 }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        try change(to: .writing) { try store.extend(path, from: nil, with: bytes) }
    }

    func read(_ range: Range<Int64>) throws -> [UInt8] {
        try phase.withLock { phase in
            guard phase == .writing else { throw phase.refusal(path) }
            return try store.get(path, range: range)
        }
    }

    func replaceTail(from offset: Int64, with bytes: [UInt8]) throws {
        try change(to: .writing) {
            try bytes.withUnsafeBytes { try store.extend(path, from: offset, with: $0) }
        }
    }

    func finish() throws -> Int64 {
        try change(to: .finished) { try store.size(path) }
    }

    func abandon() {
        discard()
    }

    private func discard() {
        phase.withLock { phase in
            guard phase == .writing || phase == .failed else { return }
            phase = .abandoned
            try? store.delete([path])
        }
    }

    private func change<Output>(to next: WriterPhase, _ body: () throws -> Output) throws -> Output {
        try phase.withLock { phase in
            guard phase == .writing else { throw phase.refusal(path) }
            phase = .failed
            let output = try body()
            phase = next
            return output
        }
    }
}
