/// A file that travels with a query, as a table for it (ClickHouse, "External Data for Query Processing").
import FoundationEssentials
import HTTPTransport

public struct ExternalTable: Sendable {
    /// What the query calls it; letters, digits and underscores.
    public let name: String
    /// The file's format, as in `FORMAT`.
    public let format: String
    /// Columns as in CREATE TABLE; those that the file has beyond them are not read.
    public let structure: String
    public let content: any Upload

    public init(name: String, format: String, structure: String, content: any Upload) {
        self.name = name
        self.format = format
        self.structure = structure
        self.content = content
    }
}

/// The form (RFC 7578) that carries a query and its table. Fields come first: the server reads it as it arrives. In the
/// URL, which proxies keep to some kilobytes, a wide table's structure would have no room.
struct QueryForm: Upload {
    let contentType: String
    private let head: [UInt8]
    private let content: any Upload
    private let tail: [UInt8]

    init(query: String, table: ExternalTable) {
        let boundary = "offload-\(UInt64.random(in: 0 ... .max))-\(UInt64.random(in: 0 ... .max))"
        let fields = [
            ("query", query), ("\(table.name)_format", table.format),
            ("\(table.name)_structure", table.structure),
        ]
        var head = ""
        for (name, value) in fields {
            head += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        let disposition = "form-data; name=\"\(table.name)\"; filename=\"\(table.name)\""
        head += "--\(boundary)\r\nContent-Disposition: \(disposition)\r\n\r\n"
        contentType = "multipart/form-data; boundary=\(boundary)"
        self.head = Array(head.utf8)
        content = table.content
        tail = Array("\r\n--\(boundary)--\r\n".utf8)
    }

    var byteCount: Int64 { contentEnd + Int64(tail.count) }

    private var contentEnd: Int64 { Int64(head.count) + content.byteCount }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if offset < head.count { return Self.copy(head[Int(offset)...], into: buffer) }
        if offset >= contentEnd { return Self.copy(tail.dropFirst(Int(offset - contentEnd)), into: buffer) }
        let count = try content.read(at: offset - Int64(head.count), into: buffer)
        // An end before the promised one would be a file that never was.
        guard count > 0 else {
            throw ClickHouseError(.senderFailed, "the file has fewer bytes than it had before")
        }
        return count
    }

    private static func copy(_ bytes: ArraySlice<UInt8>, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let part = bytes.prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }
}
