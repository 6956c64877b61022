/// What the client makes of whole, cut, slow and hostile responses.
import ScriptedServer
import Synchronization
import Testing

@testable import HTTPTransport

@Suite struct HTTPClientTests {
    let client = HTTPClient()

    static let hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    static let chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test(arguments: [
        (hello, "hello", true),
        (chunkedHead + "5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n", "hello, world", true),
        (chunkedHead + "0\r\n\r\n", "", true),
        ("HTTP/1.1 100 Continue\r\n\r\n" + hello, "hello", true),
        ("HTTP/1.0 200 OK\r\n\r\nuntil I hang up", "until I hang up", false),
    ])
    func wholeBodyArrives(response: String, body: String, isComplete: Bool) async throws {
        let server = try ScriptedServer(["/": [.send(response), .close]])
        let response = try await client.send(HTTPRequest(.get, server.url + "/"))
        #expect(response.status == 200)
        #expect(response.text == body)
        #expect(response.byteCount == body.utf8.count)
        #expect(response.isComplete == isComplete)
    }

    @Test(arguments: [
        (chunkedHead + "5\r\nhello\r\n7\r\n, wo", "hello, wo"),
        (chunkedHead + "5\r\nhello\r\n", "hello"),
        (chunkedHead + "5\r\nhello\r\nnonsense\r\n", "hello"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", "hello"),
    ])
    func cutBodyIsAnErrorThatKnowsHowMuchCame(response: String, body: String) async throws {
        let server = try ScriptedServer(["/": [.send(response), .close]])
        let sink = MemorySink(byteCountMax: 100)
        let error = await #expect(throws: HTTPError.self) {
            try await client.send(HTTPRequest(.get, server.url + "/"), into: sink)
        }
        #expect(error?.code == .truncatedBody)
        #expect(error?.isRetryable == true)
        #expect(error?.context["byteCount"] == String(body.utf8.count))
        #expect(String(decoding: sink.bytes, as: UTF8.self) == body)
    }

    @Test(arguments: [
        ("", HTTPError.Code.connectionLost),
        ("HTTP/1.1 200 OK\r\nContent-Le", .connectionLost),
        ("220 smtp.example ESMTP\r\n", .protocolViolation),
    ])
    func responseWithoutHeadIsAnError(response: String, code: HTTPError.Code) async throws {
        let server = try ScriptedServer(["/": [.send(response), .close]])
        let error = await #expect(throws: HTTPError.self) {
            try await client.send(HTTPRequest(.get, server.url + "/"))
        }
        #expect(error?.code == code)
    }

    @Test func endlessHeadIsRefused() async throws {
        let field = Array("X-Progress: 0123456789\r\n".utf8)
        let server = try ScriptedServer([
            "/": [.send("HTTP/1.1 200 OK\r\n"), .sendBytes(field, times: 100_000)]
        ])
        let error = await #expect(throws: HTTPError.self) {
            try await client.send(HTTPRequest(.get, server.url + "/"))
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func closedPortIsConnectionRefused() async throws {
        let url = "http://127.0.0.1:\(try ScriptedServer.closedPort())/"
        let error = await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest(.get, url)) }
        #expect(error?.code == .connectionRefused)
        #expect(error?.context["request"] == "GET \(url)")
    }

    @Test func bodyOfAnErrorStatusIsKeptFromTheSinkAndBounded() async throws {
        let head =
            "HTTP/1.1 500 Internal Server Error\r\nX-Code: 60\r\nx-code: 61\r\nContent-Length: 1048576\r\n\r\n"
        let body = [UInt8](repeating: UInt8(ascii: "e"), count: 1024)
        let server = try ScriptedServer(["/": [.send(head), .sendBytes(body, times: 1024)]])
        let sink = MemorySink(byteCountMax: 0)
        let response = try await client.send(HTTPRequest(.get, server.url + "/"), into: sink)
        #expect(response.status == 500)
        #expect(response.headers["X-CODE"] == "60")
        #expect(response.headers.all("X-Code") == ["60", "61"])
        #expect(response.body == [UInt8](repeating: UInt8(ascii: "e"), count: 64 << 10))
        #expect(response.byteCount == 1 << 20)
    }

    @Test func redirectIsReturnedNotFollowed() async throws {
        let server = try ScriptedServer([
            "/": [.send("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")]
        ])
        let response = try await client.send(HTTPRequest(.get, server.url + "/"))
        #expect(response.status == 302)
        #expect(server.requests.count == 1)
    }

    @Test func connectionIsKeptBetweenRequests() async throws {
        let server = try ScriptedServer(["/": [.send(Self.hello)]])
        for _ in 0..<3 {
            #expect(try await client.send(HTTPRequest(.get, server.url + "/")).text == "hello")
        }
        #expect(server.requests.count == 3)
        #expect(server.connectionCount == 1)
    }

    @Test func bigBodyStreamsInSmallPieces() async throws {
        let megabyte = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let server = try ScriptedServer([
            "/": [
                .send("HTTP/1.1 200 OK\r\nContent-Length: \(64 << 20)\r\n\r\n"),
                .sendBytes(megabyte, times: 64),
            ]
        ])
        let sink = MeasuringSink()
        let response = try await client.send(HTTPRequest(.get, server.url + "/"), into: sink)
        let measured = sink.measured.withLock { $0 }
        #expect(response.byteCount == 64 << 20)
        #expect(measured.byteCount == 64 << 20)
        #expect(measured.sum == 64 * megabyte.reduce(0) { $0 + Int($1) })
        #expect(measured.largestPiece <= 512 << 10)
    }

    @Test func failureOfTheSinkEndsTheTransfer() async throws {
        struct DiskFull: Error {}
        final class FailingSink: ResponseSink {
            func write(_ bytes: UnsafeRawBufferPointer) throws { throw DiskFull() }
        }
        let server = try ScriptedServer(["/": [.send(Self.hello), .hang]])
        let error = await #expect(throws: HTTPError.self) {
            try await client.send(HTTPRequest(.get, server.url + "/"), into: FailingSink())
        }
        #expect(error?.code == .sinkFailed)
        #expect(error?.underlying is DiskFull)
    }

    @Test func bodyBeyondItsLimitIsRefused() async throws {
        let server = try ScriptedServer(["/": [.send(Self.hello)]])
        let error = await #expect(throws: HTTPError.self) {
            try await client.send(HTTPRequest(.get, server.url + "/"), byteCountMax: 4)
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func silenceBeyondTheTimeoutIsTimedOut() async throws {
        let server = try ScriptedServer(["/": [.hang]])
        let error = await #expect(throws: HTTPError.self) {
            try await client.send(HTTPRequest(.get, server.url + "/", timeout: .milliseconds(100)))
        }
        #expect(error?.code == .timedOut)
    }
}

/// Counts what it gets and forgets it.
final class MeasuringSink: ResponseSink {
    let measured = Mutex((byteCount: 0, sum: 0, largestPiece: 0))

    func write(_ bytes: UnsafeRawBufferPointer) {
        measured.withLock {
            $0.byteCount += bytes.count
            $0.sum += bytes.reduce(0) { $0 + Int($1) }
            $0.largestPiece = max($0.largestPiece, bytes.count)
        }
    }
}
