/// What goes over the wire, what is refused, and what a log may show.
import Foundation
import HTTPTransport
import ScriptedServer
import Testing

@Suite struct HTTPRequestTests {
    static let empty: [ScriptedServer.Step] = [.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]

    @Test(arguments: [
        (HTTPRequest.Method.get, "", "GET /a?b=c HTTP/1.1", [] as [String]),
        (.post, "select 1", "POST /a?b=c HTTP/1.1", ["Content-Length: 8"]),
        (.post, "", "POST /a?b=c HTTP/1.1", ["Content-Length: 0"]),
        (.put, "12345", "PUT /a?b=c HTTP/1.1", ["Content-Length: 5"]),
        (.delete, "", "DELETE /a?b=c HTTP/1.1", []),
        (.head, "", "HEAD /a?b=c HTTP/1.1", []),
    ])
    func requestHasItsOwnHeadersAndNoOthers(
        method: HTTPRequest.Method, body: String, line: String, length: [String]
    ) async throws {
        let server = try ScriptedServer(["/a": Self.empty])
        let headers: HTTPHeaders = ["X-One": "1", "X-Empty": ""]
        let request = HTTPRequest(method, server.url + "/a?b=c", headers: headers, body: Array(body.utf8))
        let response = try await HTTPClient().send(request)
        #expect(response.status == 200)
        let wire = try #require(server.requests.first).components(separatedBy: "\r\n\r\n")
        let fields = [
            "Host: 127.0.0.1:\(server.port)", "User-Agent: iceberg-offload", "Accept: */*", "X-One: 1",
            "X-Empty:",
        ]
        #expect(Set(wire[0].components(separatedBy: "\r\n")) == Set([line] + fields + length))
        #expect(wire[1] == body)
    }

    @Test(arguments: [
        HTTPRequest(.get, "http://127.0.0.1/\r\nX-Evil: 1"),
        HTTPRequest(.get, "http://127.0.0.1/a b"),
        HTTPRequest(.get, "http://127.0.0.1/é"),
        HTTPRequest(.get, "file:///etc/passwd"),
        HTTPRequest(.get, "127.0.0.1"),
        HTTPRequest(.get, "http://user:secret@127.0.0.1/"),
        HTTPRequest(.get, "http://127.0.0.1/", headers: ["X-A": "1\r\nX-Evil: 2"]),
        HTTPRequest(.get, "http://127.0.0.1/", headers: ["X-A": "1\n"]),
        HTTPRequest(.get, "http://127.0.0.1/", headers: ["X-A": "nul\0"]),
        HTTPRequest(.get, "http://127.0.0.1/", headers: ["X-A: 1\r\nX-B": "1"]),
        HTTPRequest(.get, "http://127.0.0.1/", headers: ["": "1"]),
    ])
    func whatCouldSmuggleIsRefusedUnsent(request: HTTPRequest) async {
        let error = await #expect(throws: HTTPError.self) { try await HTTPClient().send(request) }
        #expect(error?.code == .invalidRequest)
        #expect(error.map { !String(reflecting: $0).contains("secret") } == true)
    }

    @Test func descriptionsShowNoSecret() {
        let headers: HTTPHeaders = ["X-ClickHouse-Key": "secret"]
        let request = HTTPRequest(
            .post, "http://h/p?param_a=secret", headers: headers, body: Array("secret".utf8))
        #expect(request.description == "POST http://h/p")
        #expect(request.debugDescription == "POST http://h/p [X-ClickHouse-Key] 6 bytes")
    }

    @Test func kindOfFailureDecidesAboutRetry() {
        let codes: [HTTPError.Code] = [
            .timedOut, .connectionLost, .truncatedBody, .tls, .cancelled, .tooLarge,
        ]
        #expect(codes.map { HTTPError($0, "").isRetryable } == [true, true, true, false, false, false])
    }
}
