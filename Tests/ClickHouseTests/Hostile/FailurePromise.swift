/// What reading a failed response promises for any bytes at all; tests hold it to hostile responses, `proof/fuzz` to
/// millions.
import BlockingIO

@testable import ClickHouse
@testable import HTTPTransport

enum FailurePromise {
    private static let tag = "abcdefghijklmnop"
    private static let text = "Code: 241. DB::Exception: too much. (MEMORY_LIMIT_EXCEEDED) (version 26.9.1.1)"
    private static let block =
        "\r\n__exception__\r\n\(tag)\r\n\(text)\n\(text.utf8.count + 1) \(tag)\r\n__exception__\r\n"

    /// What went wrong with these bytes, which are a response as the wire has it; nil when status and limits hold and the
    /// body is not believed.
    static func breach(by bytes: [UInt8]) -> String? {
        let tail = TailSink(MemorySink(byteCountMax: 1 << 20))
        let transfer = Transfer(sink: tail, upload: nil, cancellation: CancellationFlag())
        let body = Array(received(bytes, transfer))
        _ = tail.exception
        if let head = transfer.head {
            let response = HTTPResponse(
                head: head, body: transfer.errorBody, byteCount: transfer.byteCount)
            let error = ClickHouseError(failed: response)
            if error.context["status"] != String(head.status) { return "an error's status is lost" }
            if response.body.count > 64 << 10 { return "an error's body has no limit" }
        }
        do {
            return try isFound(block, tag: tag, behind: body) && isFound(text + "\n", tag: nil, behind: body)
                ? nil : "an exception behind the data is overlooked"
        } catch {
            return "a result is not taken: \(error)"
        }
    }

    /// Whatever stands before it, the server's exception must be seen, or a part would pass for the whole result.
    private static func isFound(_ end: String, tag: String?, behind data: [UInt8]) throws -> Bool {
        let headers: HTTPHeaders = tag.map { ["X-ClickHouse-Exception-Tag": $0] } ?? [:]
        let sink = TailSink(MemorySink(byteCountMax: .max))
        try sink.begin(HTTPResponseHead(status: 200, headers: headers))
        for piece in [data, Array(end.utf8)] { try piece.withUnsafeBytes { try sink.write($0) } }
        return sink.exception?.code == 241
    }

    /// Hands the head line by line and the body in pieces to a transfer, as libcurl does; returns the body.
    private static func received(_ bytes: [UInt8], _ transfer: Transfer) -> ArraySlice<UInt8> {
        var rest = bytes[...]
        while transfer.head == nil, !rest.isEmpty {
            let line = rest.prefix(through: rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex - 1)
            rest = rest.dropFirst(line.count)
            if line.withUnsafeBytes({ transfer.receiveHead($0) }) < line.count { return rest }
        }
        var pieces = rest
        while !pieces.isEmpty {
            let piece = pieces.prefix(16 << 10)
            pieces = pieces.dropFirst(piece.count)
            if piece.withUnsafeBytes({ transfer.receiveBody($0) }) < piece.count { break }
        }
        return rest
    }
}
