/// The door through which an object comes into being piece by piece.

/// An object in the making.
///
///     writing --finish--> finished
///     writing --write fails--> failed --abandon--> abandoned
///     writing --abandon, or released--> abandoned (the object is removed)
///
/// After a failure nothing but `abandon` succeeds: what a failed write or fsync left behind cannot be known.
public protocol ObjectWriter: Sendable {
    /// The number of bytes so far.
    var size: Int64 { get }

    /// Appends bytes; blocks, so call it on a thread that may: the one a response's body arrives on.
    func write(_ bytes: UnsafeRawBufferPointer) throws

    /// Some of the bytes written so far; throws `invalidRange` when there are not that many.
    func read(_ range: Range<Int64>) async throws -> [UInt8]

    /// Cuts the object off at `offset` and appends `bytes`, which is how a Parquet footer is rewritten.
    func replaceTail(from offset: Int64, with bytes: [UInt8]) async throws

    /// Makes the object durable; returns its size.
    func finish() async throws -> Int64

    /// Removes the object, unless it is finished.
    func abandon() async
}

enum WriterPhase {
    case writing, failed, finished, abandoned

    /// What a writer that is no longer writing throws.
    func refusal(_ path: String) -> ObjectStorageError {
        ObjectStorageError(.writerClosed, "the writer is \(self)", path)
    }
}
