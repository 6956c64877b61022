/// What one transfer has received so far; libcurl's callbacks write here.
import BlockingIO
import CCurl

/// Lives on the connection's thread, for one request.
final class Transfer {
    /// Of a body whose status is not 2xx; enough for every error text we know of.
    private static let errorBodyByteCountMax = 64 << 10
    private static let headByteCountMax = 256 << 10

    let cancellation: CancellationFlag
    private let sink: any ResponseSink
    private let upload: (any Upload)?

    private(set) var head: HTTPResponseHead?
    private(set) var errorBody: [UInt8] = []
    private(set) var byteCount = 0
    /// Why we ended the transfer, when it was us.
    private(set) var failure: HTTPError?

    private var status = 0
    private var headers = HTTPHeaders()
    private var headByteCount = 0
    private var sentByteCount: Int64 = 0

    init(sink: any ResponseSink, upload: (any Upload)?, cancellation: CancellationFlag) {
        self.sink = sink
        self.upload = upload
        self.cancellation = cancellation
    }

    /// The transfer that a callback was registered with.
    static func at(_ context: UnsafeMutableRawPointer?) -> Transfer {
        guard let context else { preconditionFailure("libcurl called back without the context we gave it") }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    /// The next bytes of the upload. The result is what libcurl wants: how many there are.
    func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        do {
            let count = try upload?.read(at: sentByteCount, into: buffer) ?? 0
            sentByteCount += Int64(count)
            return count
        } catch {
            failure = HTTPError(.uploadFailed, "the body to send could not be read", underlying: error)
            return Int(CURL_READFUNC_ABORT)
        }
    }

    /// Where `send` goes on.
    func rewind(to offset: Int64) {
        sentByteCount = offset
    }

    /// One line of the head, with its line end. The result is what libcurl wants: the number of bytes taken.
    func receiveHead(_ line: UnsafeRawBufferPointer) -> Int {
        taken(line.count) {
            headByteCount += line.count
            guard headByteCount <= Self.headByteCountMax else {
                throw HTTPError(.tooLarge, "the response head has more than \(Self.headByteCountMax) bytes")
            }
            // Lines after the head are trailers (RFC 9112 section 7.1.2), which nobody here reads.
            guard head == nil else { return }
            try readHead(String(decoding: line, as: UTF8.self).trimmingSuffix(while: \.isWhitespace))
        }
    }

    /// A piece of the body.
    func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        taken(bytes.count) {
            byteCount += bytes.count
            if head?.isSuccess == true {
                try sink.write(bytes)
            } else {
                errorBody.append(contentsOf: bytes.prefix(Self.errorBodyByteCountMax - errorBody.count))
            }
        }
    }

    private func readHead(_ line: Substring) throws {
        if line.hasPrefix("HTTP/") {
            status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            headers = HTTPHeaders()
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].drop { $0.isWhitespace }
            headers.append(String(line[..<colon]), String(value))
        } else if line.isEmpty, status >= 200 {
            // A lower status is an interim response (RFC 9110 section 15.2); the final head follows.
            let head = HTTPResponseHead(status: status, headers: headers)
            self.head = head
            if head.isSuccess {
                try sink.begin(head)
            }
        }
    }

    /// Keeps what `step` throws, and then says to libcurl that nothing was taken, which ends the transfer.
    private func taken(_ byteCount: Int, _ step: () throws -> Void) -> Int {
        do {
            try step()
            return byteCount
        } catch let error as HTTPError {
            failure = error
        } catch {
            failure = HTTPError(.sinkFailed, "the receiver of the body failed", underlying: error)
        }
        return 0
    }
}

extension String {
    fileprivate func trimmingSuffix(while isUnwanted: (Character) -> Bool) -> Substring {
        guard let last = lastIndex(where: { !isUnwanted($0) }) else { return "" }
        return self[...last]
    }
}
