// The block compression of Avro container files: `null` and `deflate` (raw DEFLATE, RFC 1951).
import CZlib

enum AvroCodec: String, Sendable {
    case null
    case deflate

    /// Ceiling of one block once inflated; writers cut blocks at about 64 KiB, so this is a wide margin.
    static let blockByteCountMax = 64 << 20

    /// Negative window bits make zlib leave out its header and checksum, as Avro's `deflate` asks.
    private static let rawWindowBits: Int32 = -15

    init(named name: String) throws {
        guard let codec = AvroCodec(rawValue: name) else {
            throw IcebergError(
                .unsupported, "Avro codec '\(name)' is not supported; only null and deflate are")
        }
        self = codec
    }

    func compress(_ bytes: [UInt8]) throws -> [UInt8] {
        switch self {
        case .null: bytes
        case .deflate: try deflate(bytes)
        }
    }

    func decompress(_ bytes: [UInt8], byteCountMax: Int = blockByteCountMax) throws -> [UInt8] {
        switch self {
        case .null: bytes
        case .deflate: try inflate(bytes, byteCountMax)
        }
    }

    private func deflate(_ input: [UInt8]) throws -> [UInt8] {
        var stream = z_stream()
        let opened = deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, Self.rawWindowBits, 8, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else {
            throw IcebergError(.invalidAvro, "zlib cannot start to deflate: \(opened)")
        }
        defer { deflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(input.count))))
        let (status, produced) = Self.run(&stream, input, &output) { CZlib.deflate(&$0, Z_FINISH) }
        guard status == Z_STREAM_END else {
            throw IcebergError(.invalidAvro, "zlib cannot deflate: \(status)")
        }
        output.removeLast(output.count - produced)
        return output
    }

    private func inflate(_ input: [UInt8], _ byteCountMax: Int) throws -> [UInt8] {
        var capacity = max(4 * input.count, 4096)
        while true {
            capacity = min(capacity, byteCountMax)
            var stream = z_stream()
            let opened = inflateInit2_(
                &stream, Self.rawWindowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
            guard opened == Z_OK else {
                throw IcebergError(.invalidAvro, "zlib cannot start to inflate: \(opened)")
            }
            defer { inflateEnd(&stream) }
            var output = [UInt8](repeating: 0, count: capacity)
            let (status, produced) = Self.run(&stream, input, &output) { CZlib.inflate(&$0, Z_FINISH) }
            if status == Z_STREAM_END {
                output.removeLast(output.count - produced)
                return output
            }
            // Z_BUF_ERROR with a full output means only that the guess was too small.
            guard status == Z_BUF_ERROR, produced == capacity, capacity < byteCountMax else {
                throw IcebergError(
                    .invalidAvro, "an Avro block does not inflate",
                    context: ["zlib": "\(status)", "limit": "\(byteCountMax)"])
            }
            capacity *= 4
        }
    }

    private static func run(
        _ stream: inout z_stream, _ input: [UInt8], _ output: inout [UInt8],
        _ step: (inout z_stream) -> Int32
    ) -> (status: Int32, produced: Int) {
        var input = input
        return input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                let status = step(&stream)
                return (status, target.count - Int(stream.avail_out))
            }
        }
    }
}
