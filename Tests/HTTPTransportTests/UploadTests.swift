/// Bodies that do not lie in memory.
import ScriptedServer
import Testing

@testable import HTTPTransport

@Suite struct UploadTests {
    private let client = HTTPClient()

    private func post(_ upload: some Upload, to server: ScriptedServer) async throws -> HTTPResponse {
        var request = HTTPRequest(.post, server.url + "/")
        request.upload = upload
        return try await client.send(request)
    }

    @Test(arguments: [0, 1, 3_000_000])
    func bytesArriveAllAndInOrder(byteCount: Int) async throws {
        let server = try ScriptedServer(["/": [.send(HTTPClientTests.hello)]])
        let upload = Digits(byteCount: Int64(byteCount))
        #expect(try await post(upload, to: server).text == "hello")
        let request = try #require(server.requests.first)
        #expect(request.contains("Content-Length: \(byteCount)\r\n"))
        #expect(!request.contains("Expect:"))
        #expect(request.hasSuffix("\r\n\r\n" + upload.text))
    }

    @Test func aConnectionThatWasClosedIsReplacedAndTheBodySentFromItsStart() async throws {
        let server = try ScriptedServer(["/": [.send(HTTPClientTests.hello), .close]])
        for _ in 0..<3 {
            #expect(try await post(Digits(byteCount: 1_000), to: server).text == "hello")
        }
        #expect(server.requests.allSatisfy { $0.hasSuffix(Digits(byteCount: 1_000).text) })
    }

    @Test func whatCannotBeReadEndsTheTransfer() async throws {
        struct Gone: Error {}
        struct Broken: Upload {
            let byteCount: Int64 = 10

            func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
                throw Gone()
            }
        }
        let server = try ScriptedServer(["/": [.send(HTTPClientTests.hello)]])
        let error = await #expect(throws: HTTPError.self) { _ = try await post(Broken(), to: server) }
        #expect(error?.code == .uploadFailed)
        #expect(error?.underlying is Gone)
        #expect(error?.isRetryable == false)
    }
}

/// `0123456789012…`, in pieces of at most 1,000 bytes.
private struct Digits: Upload {
    let byteCount: Int64

    var text: String { String(decoding: (0..<byteCount).map(Self.byte), as: UTF8.self) }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = Int(min(byteCount - offset, Int64(min(buffer.count, 1_000))))
        for index in 0..<count { buffer[index] = Self.byte(offset + Int64(index)) }
        return count
    }

    private static func byte(_ offset: Int64) -> UInt8 { UInt8(ascii: "0") + UInt8(offset % 10) }
}
