// Hands the bytes of a response to a data file, on the thread they arrive on.
import HTTPTransport
import OffloadCore

final class DraftSink: ResponseSink {
    private let draft: any DataFileDraft

    init(_ draft: any DataFileDraft) {
        self.draft = draft
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        try draft.write(bytes)
    }
}
