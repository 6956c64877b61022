/// What the client sends, and what it makes of whole, failed and cut results.
import Foundation
import HTTPTransport
import ScriptedServer
import Testing

@testable import ClickHouse

@Suite struct ClickHouseClientTests {
    static let tag = "abcdefghijklmnop"
    static let exception =
        "Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED) (version 26.9.1.1)"
    static let block =
        "\r\n__exception__\r\n\(tag)\r\n\(exception)\n\(exception.utf8.count + 1) \(tag)\r\n__exception__\r\n"

    /// Chunks without the end that a whole body has.
    static func chunked(_ chunks: String..., fields: String = "") -> String {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\(fields)\r\n"
        return head + chunks.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined()
    }

    static func whole(_ body: String, status: String = "200 OK", fields: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }

    /// A server that knows two of the settings, ends KILLs at once, and answers the rest with `steps`.
    static func server(
        settings: String = "limit\t5\t0\nuse_query_cache\t1\t0\n", _ steps: ScriptedServer.Step...
    ) throws -> ScriptedServer {
        try ScriptedServer { request in
            if request.contains("system.settings") {
                [.send(whole(settings))]
            } else if request.contains("KILL QUERY") {
                [.send(whole("finished\tq1\tme\tSELECT\n"))]
            } else {
                steps
            }
        }
    }

    static func client(_ server: ScriptedServer) -> ClickHouseClient {
        ClickHouseClient(.init(url: server.url, user: "me", password: "secret", database: "market"))
    }

    @Test func streamSendsQueryInBodyAndCredentialsInHeaders() async throws {
        let server = try Self.server(.send(Self.chunked("PAR1", "PAR1") + "0\r\n\r\n"))
        let sink = MemorySink(byteCountMax: 100)
        let summary = try await Self.client(server).stream(
            "SELECT {a:String} FORMAT Parquet", parameters: ["a": "tab\tand & é"],
            settings: ["max_threads": "2"],
            queryID: "q1", into: sink)
        #expect(summary.byteCount == 8)
        #expect(summary.queryID == "q1")
        #expect(String(decoding: sink.bytes, as: UTF8.self) == "PAR1PAR1")

        let request = try #require(server.requests.last).components(separatedBy: "\r\n\r\n")
        let line =
            "POST /?database=market&query_id=q1&param_a=tab%5Ctand%20%26%20%C3%A9"
            + "&limit=0&max_threads=2&use_query_cache=0 HTTP/1.1"
        let lines = request[0].components(separatedBy: "\r\n")
        #expect(lines.first == line)
        #expect(lines.contains("X-ClickHouse-User: me"))
        #expect(lines.contains("X-ClickHouse-Key: secret"))
        #expect(!lines.contains { $0.hasPrefix("Accept-Encoding") })
        #expect(request[1] == "SELECT {a:String} FORMAT Parquet")
    }

    @Test func rowsAreReadAndSettingsAreLearntOnce() async throws {
        let server = try Self.server(.send(Self.whole("1\t\\N\n2\ta\\tb\n")))
        let client = Self.client(server)
        for _ in 0..<2 {
            #expect(try await client.rows("SELECT 1") == [["1", nil], ["2", "a\tb"]])
        }
        #expect(server.requests.count == 3)
        #expect(
            server.requests.last?.replacing(/query_id=offload-[0-9]+&?/, with: "").hasPrefix(
                "POST /?database=market&default_format=TabSeparated&wait_end_of_query=1&limit=0&use_query_cache=0 "
            )
                == true)
    }

    @Test func valueThatReadsLikeAnExceptionIsAValue() async throws {
        let server = try Self.server(.send(Self.whole("\(Self.exception)\n")))
        #expect(try await Self.client(server).rows("SELECT last_error_message") == [[Self.exception]])
    }

    @Test func executeSendsNoSettingsOfItsOwn() async throws {
        let server = try Self.server(.send(Self.whole("")))
        try await Self.client(server).execute("CREATE TABLE t", settings: ["a": "1"])
        #expect(server.requests.count == 1)
        #expect(
            server.requests.last?.replacing(/query_id=offload-[0-9]+&?/, with: "").hasPrefix(
                "POST /?database=market&default_format=TabSeparated&wait_end_of_query=1&a=1 ") == true)
    }

    @Test func settingThatTheProfileFixesMustBeRight() async throws {
        let right = try Self.server(settings: "limit\t0\t1\noffset\t0\t0\n", .send(Self.whole("1\n")))
        _ = try await Self.client(right).rows("SELECT 1")
        #expect(right.requests.last?.contains("&offset=0 ") == true)
        #expect(right.requests.last?.contains("limit=") == false)

        let wrong = try Self.server(settings: "limit\t5\t1\n", .send(Self.whole("1\n")))
        let error = await #expect(throws: ClickHouseError.self) {
            try await Self.client(wrong).rows("SELECT 1")
        }
        #expect(error?.code == .settingsAreReadOnly)
        #expect(error?.message == "the user's profile must have limit = 0")
    }

    @Test func unknownSettingMakesTheClientAskAgain() async throws {
        let server = try Self.server(
            .send(
                Self.whole("Code: 115. DB::Exception: Setting x. (UNKNOWN_SETTING)", status: "404 Not Found"))
        )
        let client = Self.client(server)
        for _ in 0..<2 {
            let error = await #expect(throws: ClickHouseError.self) { try await client.rows("SELECT 1") }
            #expect(error?.code == .unknownSetting)
        }
        #expect(server.requests.count { $0.contains("system.settings") } == 2)
    }

    /// The server's exception in all the places where versions put it.
    @Test(arguments: [
        chunked("PAR1data", block, fields: "X-ClickHouse-Exception-Tag: \(tag)\r\n"),
        chunked("PAR1data", block, fields: "X-ClickHouse-Exception-Tag: \(tag)\r\n") + "0\r\n\r\n",
        chunked("PAR1data", "\(exception)\n") + "0\r\n\r\n",
        chunked("PAR1data", "\(exception)\n__exception__\r\n"),
        whole(exception, fields: "X-ClickHouse-Exception-Code: 241\r\n"),
        whole(exception, status: "500 Internal Server Error"),
    ])
    func exceptionIsThrownAsTheServerSaidIt(response: String) async throws {
        let server = try Self.server(.send(response), .close)
        let error = await #expect(throws: ClickHouseError.self) {
            try await Self.client(server).stream(
                "SELECT", queryID: "q1", into: MemorySink(byteCountMax: 10_000))
        }
        #expect(error?.code == .memoryLimit)
        #expect(error?.serverCode == 241)
        #expect(error?.serverName == "MEMORY_LIMIT_EXCEEDED")
        #expect(error?.message == "Memory limit exceeded.")
        #expect(error?.isRetryable == true)
        #expect(error?.context["queryID"] == "q1")
        #expect(!server.requests.contains { $0.contains("KILL") })
    }

    @Test(
        arguments: [
            (whole("nonsense", status: "403 Forbidden", fields: "X-ClickHouse-Exception-Code: 516\r\n"), 516),
            (whole("<html>Bad Gateway</html>", status: "502 Bad Gateway"), nil),
        ] as [(String, Int?)])
    func statusWithoutTextIsAnErrorToo(response: String, serverCode: Int?) async throws {
        let server = try Self.server(.send(response))
        let error = await #expect(throws: ClickHouseError.self) {
            try await Self.client(server).execute("SELECT")
        }
        #expect(error?.serverCode == serverCode)
        #expect(error?.code == (serverCode == nil ? .unavailable : .authentication))
    }

    @Test(arguments: [
        chunked("PAR1data"),
        // What the user's data says is not what the server says.
        chunked("PAR1data", block, "more PAR1", fields: "X-ClickHouse-Exception-Tag: 0123456789abcdef\r\n"),
    ])
    func cutResultIsTruncatedAndItsQueryKilled(response: String) async throws {
        let server = try Self.server(.send(response), .close)
        let error = await #expect(throws: ClickHouseError.self) {
            try await Self.client(server).stream(
                "SELECT", queryID: "q'1", into: MemorySink(byteCountMax: 10_000))
        }
        #expect(error?.code == .truncated)
        #expect(error?.context["killed"] == "true")
        #expect(server.requests.last?.hasSuffix(#"KILL QUERY WHERE query_id = 'q\'1' SYNC"#) == true)
    }

    @Test func resultWithoutAnAnnouncedEndIsTruncated() async throws {
        let server = try Self.server(.send("HTTP/1.0 200 OK\r\n\r\nPAR1data"), .close)
        let error = await #expect(throws: ClickHouseError.self) {
            try await Self.client(server).stream("SELECT", queryID: "q1", into: MemorySink(byteCountMax: 100))
        }
        #expect(error?.code == .truncated)
    }

    @Test func timeoutAndFailingReceiverKillTheQuery() async throws {
        let server = try Self.server(.send(Self.chunked("PAR1data")), .hang)
        let client = Self.client(server)
        let timeout = await #expect(throws: ClickHouseError.self) {
            try await client.stream(
                "SELECT", queryID: "q1", timeout: .milliseconds(200), into: MemorySink(byteCountMax: 100))
        }
        #expect(timeout?.code == .timeout)
        #expect(timeout?.context["killed"] == "true")
        let full = await #expect(throws: ClickHouseError.self) {
            try await client.stream("SELECT", queryID: "q2", into: MemorySink(byteCountMax: 1))
        }
        #expect(full?.code == .limitExceeded)
        #expect(full?.context["killed"] == "true")
        let killed = server.requests.filter { $0.contains("KILL") }.compactMap {
            $0.split(separator: "'").dropFirst().first
        }
        #expect(killed == ["q1", "q2"])
    }

    @Test func cancellationKillsTheQueryBeforeItIsRethrown() async throws {
        final class StartSink: ResponseSink {
            let started: AsyncStream<Void>.Continuation
            init(_ started: AsyncStream<Void>.Continuation) { self.started = started }
            func write(_ bytes: UnsafeRawBufferPointer) { started.yield() }
        }
        let server = try Self.server(.send(Self.chunked("PAR1data")), .hang)
        let (starts, continuation) = AsyncStream<Void>.makeStream()
        let client = Self.client(server)
        let stream = Task { try await client.stream("SELECT", queryID: "q1", into: StartSink(continuation)) }
        for await _ in starts.prefix(1) {}
        stream.cancel()
        let error = await #expect(throws: ClickHouseError.self) { try await stream.value }
        #expect(error?.code == .cancelled)
        #expect(error?.context["killed"] == "true")
        #expect(server.requests.last?.contains("KILL QUERY WHERE query_id = 'q1' SYNC") == true)
    }

    @Test func serverWithoutAnswerIsNetworkTrouble() async throws {
        let url = "http://127.0.0.1:\(try ScriptedServer.closedPort())"
        let error = await #expect(throws: ClickHouseError.self) {
            try await ClickHouseClient(.init(url: url, user: "me", password: "secret")).serverInfo()
        }
        #expect(error?.code == .network)
        #expect(error?.isRetryable == true)
        #expect(error.map { !String(reflecting: $0).contains("secret") } == true)
    }

    @Test func serverTellsVersionZoneAndClock() async throws {
        let server = try Self.server(.send(Self.whole("26.9.1.1\tEurope/Berlin\t1700000000000000\n")))
        let info = try await Self.client(server).serverInfo()
        #expect(
            info
                == ServerInfo(
                    version: "26.9.1.1", timeZone: "Europe/Berlin",
                    microsecondsSinceEpoch: 1_700_000_000_000_000))
    }

    @Test func descriptionsShowNeitherSecretNorData() {
        let configuration = ClickHouseClient.Configuration(url: "http://h:1", user: "me", password: "secret")
        #expect("\(configuration)" == "me at http://h:1")
        let error = ClickHouseError(
            .unknownTable, "near 'secret'", serverCode: 60, serverName: "UNKNOWN_TABLE")
        #expect(error.description == "ClickHouse: unknownTable (server code 60 UNKNOWN_TABLE)")
        #expect(error.debugDescription == "\(error.description): near 'secret'")
    }
}
