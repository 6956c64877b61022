/// Finds the footer at the end of a Parquet file and builds the bytes that take its place.

public enum Footer {
    /// The first and the last four bytes of every Parquet file.
    fileprivate static let magic = Array("PAR1".utf8)

    /// The last four bytes where the footer is encrypted (Encryption.md, "Encrypted footer mode").
    private static let encryptedMagic = Array("PARE".utf8)

    /// The footer's length, as 4 bytes little endian, and the magic.
    public static let tailByteCount: Int64 = 8

    /// 64 MiB: a footer grows by some 100 bytes for every column of every row group, so this allows for 600,000.
    public static let byteCountMax: Int64 = 64 << 20

    /// Where the footer lies, by the last 8 bytes of the file.
    ///
    /// Throws `notParquet` without the magic, `unsupported` for an encrypted footer or one beyond `byteCountMax`, and
    /// `malformed` if its length does not fit into the file.
    public static func locate(tail: [UInt8], fileSize: Int64) throws -> Range<Int64> {
        guard tail.count == Int(tailByteCount) else {
            throw ParquetError(.notParquet, "the file is too short", ["size": String(fileSize)])
        }
        guard !tail.suffix(4).elementsEqual(encryptedMagic) else {
            throw ParquetError(.unsupported, "the footer is encrypted")
        }
        guard tail.suffix(4).elementsEqual(magic) else {
            throw ParquetError(.notParquet, "the file does not end with PAR1", ["size": String(fileSize)])
        }
        let length = tail.prefix(4).reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let end = fileSize - tailByteCount
        guard length > 0, end - length >= Int64(magic.count) else {
            throw ParquetError(
                .malformed, "the footer is longer than the file or empty",
                ["size": String(fileSize), "footer": String(length)])
        }
        guard length <= byteCountMax else {
            throw ParquetError(.unsupported, "the footer is too large", ["footer": String(length)])
        }
        return end - length..<end
    }

    /// Reads and checks the footer of a file with three calls of `read`, which returns exactly the range it is asked
    /// for. `offset` is where the footer starts, and where its replacement must be written.
    ///
    /// Throws `ParquetError` and whatever `read` throws.
    nonisolated(nonsending) public static func read(
        fileSize: Int64, read: (Range<Int64>) async throws -> [UInt8]
    ) async throws -> (metadata: FileMetadata, offset: Int64) {
        guard fileSize >= Int64(magic.count) + tailByteCount else {
            throw ParquetError(.notParquet, "the file is too short", ["size": String(fileSize)])
        }
        let range = try locate(tail: try await read(fileSize - tailByteCount..<fileSize), fileSize: fileSize)
        guard try await read(0..<Int64(magic.count)) == magic else {
            throw ParquetError(.notParquet, "the file does not start with PAR1", ["size": String(fileSize)])
        }
        let metadata = try FileMetadata(parsing: try await read(range))
        try metadata.validate(footerOffset: range.lowerBound)
        return (metadata, range.lowerBound)
    }
}

extension FileMetadata {
    /// All that follows the last page or index: the footer, its length and the magic.
    public func trailer() -> [UInt8] {
        let footer = serialized()
        let length = withUnsafeBytes(of: UInt32(footer.count).littleEndian, Array.init)
        return footer + length + Footer.magic
    }

    /// Throws `malformed` unless every page, index and bloom filter lies between the leading magic and the footer.
    public func validate(footerOffset: Int64) throws {
        let allowed = Int64(Footer.magic.count)...max(footerOffset, Int64(Footer.magic.count))
        for column in rowGroups.flatMap(\.columns) {
            for range in try column.fileRanges() {
                guard allowed.contains(range.lowerBound), allowed.contains(range.upperBound) else {
                    throw ParquetError(
                        .malformed, "a column points outside the file's data",
                        [
                            "column": column.pathInSchema.joined(separator: "."),
                            "from": String(range.lowerBound),
                            "to": String(range.upperBound), "footer": String(footerOffset),
                        ])
                }
            }
        }
    }
}
