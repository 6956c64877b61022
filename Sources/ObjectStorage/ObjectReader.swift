/// The door through which an object's bytes are read on a thread that may block.

/// An object that is open for reading; it stays readable while it is open, even when it is deleted.
public protocol ObjectReader: Sendable {
    /// Bytes, when it was opened.
    var size: Int64 { get }

    /// Puts bytes from `offset` on into `buffer` and returns how many; zero only at the end. Blocks.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// An open file of a folder.
final class LocalFolderReader: ObjectReader {
    let size: Int64
    private let file: OpenFile

    init(_ file: consuming OpenFile) throws {
        size = Int64(try file.status().st_size)
        self.file = file
    }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try file.read(at: offset, into: buffer)
    }
}

/// An object's bytes in memory.
struct InMemoryReader: ObjectReader {
    let bytes: [UInt8]

    var size: Int64 { Int64(bytes.count) }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let part = bytes.dropFirst(Int(offset)).prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }
}
