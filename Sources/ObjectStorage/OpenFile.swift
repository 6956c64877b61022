/// An open file of the operating system: whole reads and writes, durable at `sync`, closed when it goes.
import Glibc

struct OpenFile: ~Copyable {
    /// Linux moves at most 2^31 - 4096 bytes in one call.
    private static let chunkByteCountMax = 1 << 30

    private let descriptor: Int32
    /// The object's path, for errors.
    private let name: String

    /// - Parameter flags: of open(2); O_CLOEXEC and O_NOFOLLOW are added. New files get mode 0666, less the umask.
    init(_ file: String, _ flags: Int32, action: String, name: String) throws {
        descriptor = try retrying(action, name) { Glibc.open(file, flags | O_CLOEXEC | O_NOFOLLOW, 0o666) }
        self.name = name
    }

    deinit {
        // A close that fails has lost nothing that `sync` had reported safe.
        _ = close(descriptor)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        var rest = bytes[...]
        var offset = offset
        while !rest.isEmpty {
            let chunk = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.chunkByteCountMax))
            let count = try retrying("write", name) {
                pwrite(descriptor, chunk.baseAddress, chunk.count, Int(offset))
            }
            rest = rest.dropFirst(count)
            offset += Int64(count)
        }
    }

    /// - Throws: `invalidRange`, when the file ends earlier.
    func read(_ range: Range<Int64>) throws -> [UInt8] {
        guard range.lowerBound >= 0, range.upperBound <= (try status().st_size) else {
            throw ObjectStorageError(.invalidRange, "fewer bytes than were asked for", name)
        }
        return try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
            while filled < range.count {
                let rest = UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let count = try read(at: range.lowerBound + Int64(filled), into: rest)
                guard count > 0 else {
                    throw ObjectStorageError(.invalidRange, "the object shrank while it was read", name)
                }
                filled += count
            }
        }
    }

    /// Some bytes from `offset` on, as many as come at once; zero at the end.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try retrying("read", name) {
            pread(descriptor, buffer.baseAddress, min(buffer.count, Self.chunkByteCountMax), Int(offset))
        }
    }

    func truncate(to size: Int64) throws {
        _ = try retrying("truncate", name) { ftruncate(descriptor, Int(size)) }
    }

    /// Until fsync(2) has returned, a loss of power may take what was written.
    func sync() throws {
        _ = try retrying("sync", name) { fsync(descriptor) }
    }

    func status() throws -> stat {
        var status = stat()
        _ = try retrying("stat", name) { fstat(descriptor, &status) }
        return status
    }
}

/// Calls again when a signal cut the call short (EINTR), and throws on any other error.
func retrying<Count: SignedInteger>(_ action: String, _ path: String, _ call: () -> Count) throws -> Count {
    while true {
        let count = call()
        if count >= 0 { return count }
        let number = errno
        guard number == EINTR else { throw ObjectStorageError(errno: number, action, path) }
    }
}
