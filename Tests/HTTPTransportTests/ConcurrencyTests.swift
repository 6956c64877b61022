/// Cancellation, waiting in line, and transfers that block.
import HTTPTransport
import ScriptedServer
import Testing

@Suite struct ConcurrencyTests {
    static let start: [ScriptedServer.Step] = [
        .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"), .hang,
    ]

    /// Nothing but the cancellation ends it: the server hangs, and no time limit comes before the test's own.
    @Test(.timeLimit(.minutes(5))) func cancellingTheTaskEndsTheTransfer() async throws {
        let server = try ScriptedServer(["/": Self.start])
        let (arrivals, sink) = NotifyingSink.make()
        let transfer = Task { try await HTTPClient().send(HTTPRequest(.get, server.url + "/"), into: sink) }
        for await _ in arrivals.prefix(1) {}
        transfer.cancel()
        let error = await #expect(throws: HTTPError.self) { try await transfer.value }
        #expect(error?.code == .cancelled)
    }

    @Test func cancelledTaskSendsNothing() async throws {
        let server = try ScriptedServer(["/": Self.start])
        let transfer = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await HTTPClient().send(HTTPRequest(.get, server.url + "/"))
        }
        let error = await #expect(throws: HTTPError.self) { try await transfer.value }
        #expect(error?.code == .cancelled)
        #expect(error?.message == "cancelled before anything was sent")
        #expect(server.connectionCount == 0)
    }

    @Test func oneConnectionServesAllInTurn() async throws {
        let server = try ScriptedServer(["/": [.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]])
        var configuration = HTTPClient.Configuration()
        configuration.connectionCountMax = 1
        let client = HTTPClient(configuration)
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<10 {
                group.addTask { try await client.send(HTTPRequest(.get, server.url + "/")).text }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(texts == Array(repeating: "ok", count: 10))
        #expect(server.connectionCount == 1)
    }

    @Test func waitingInLineCanBeCancelledAndTheLineGoesOn() async throws {
        let server = try ScriptedServer([
            "/slow": Self.start, "/fast": [.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")],
        ])
        var configuration = HTTPClient.Configuration()
        configuration.connectionCountMax = 1
        let client = HTTPClient(configuration)
        let (arrivals, sink) = NotifyingSink.make()
        let slow = Task { try await client.send(HTTPRequest(.get, server.url + "/slow"), into: sink) }
        for await _ in arrivals.prefix(1) {}

        let leaving = Task { try await client.send(HTTPRequest(.get, server.url + "/fast")) }
        let staying = Task { try await client.send(HTTPRequest(.get, server.url + "/fast")) }
        leaving.cancel()
        let error = await #expect(throws: HTTPError.self) { try await leaving.value }
        #expect(error?.code == .cancelled)

        slow.cancel()
        #expect(try await staying.value.text == "ok")
        #expect(server.requests.count == 2)
    }

    @Test func manyBlockedTransfersLeaveTheCooperativePoolFree() async throws {
        let server = try ScriptedServer([
            "/slow": Self.start, "/fast": [.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")],
        ])
        var configuration = HTTPClient.Configuration()
        configuration.connectionCountMax = 101
        let client = HTTPClient(configuration)
        let (arrivals, sink) = NotifyingSink.make()
        await withTaskGroup { group in
            for _ in 0..<100 {
                group.addTask {
                    _ = try? await client.send(HTTPRequest(.get, server.url + "/slow"), into: sink)
                }
            }
            for await _ in arrivals.prefix(100) {}
            let response = try? await client.send(HTTPRequest(.get, server.url + "/fast"))
            #expect(response?.text == "ok")
            group.cancelAll()
        }
    }
}

/// Tells of every piece that arrives.
private final class NotifyingSink: ResponseSink {
    private let arrivals: AsyncStream<Void>.Continuation

    private init(_ arrivals: AsyncStream<Void>.Continuation) {
        self.arrivals = arrivals
    }

    static func make() -> (AsyncStream<Void>, NotifyingSink) {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        return (stream, NotifyingSink(continuation))
    }

    func write(_ bytes: UnsafeRawBufferPointer) {
        arrivals.yield()
    }
}
