/// Nothing waits for ever: tasks are cancelled, servers fall silent, connections die while idle.
import Postgres
import Testing

extension ServerTests {
    /// The limit is far below the hour that the statements take, and far above what a busy machine needs.
    @Suite(.timeLimit(.minutes(5))) struct CancellationTests {
        @Test(arguments: [false, true])
        func cancelledQueryEndsHereAndOnTheServer(isInTransaction: Bool) async throws {
            try await TestServer.withTable { client, table in
                let sql = "SELECT pg_sleep(3600) /* \(table) */"
                let task = Task {
                    if isInTransaction {
                        try await client.transaction { _ = try await $0.query(sql) }
                    } else {
                        _ = try await client.query(sql)
                    }
                }
                try await eventually { try await client.runs(table) }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                try await eventually { try await !client.runs(table) }
            }
        }

        @Test func cancelledQueryEndsThoughTheNetworkIsSilent() async throws {
            try await TestServer.withTable { direct, table in
                let proxy = try TCPProxy(serverPort: TestServer.port)
                defer { proxy.stop() }
                let client = try TestServer.client(
                    host: "127.0.0.1", port: proxy.port, keywords: "&sslmode=disable")
                let task = Task { _ = try await client.query("SELECT pg_sleep(3600) /* \(table) */") }
                try await eventually { try await direct.runs(table) }
                proxy.set(.silence)
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
            }
        }

        @Test func statementWithoutAnAnswerTimesOut() async throws {
            let client = try TestServer.client(statementTimeout: .milliseconds(10))
            let error = try await postgresError { _ = try await client.query("SELECT pg_sleep(3600)") }
            #expect(error.code == .timedOut)
            #expect(error.isRetryable)
            #expect(try await client.query("SELECT 1 AS x")[0].int64("x") == 1)
        }

        @Test func cancelledTransactionIsNotCommitted() async throws {
            try await TestServer.withTable { client, table in
                let task = Task {
                    try await client.transaction { transaction in
                        _ = try await transaction.query("INSERT INTO \(table) VALUES (1)")
                        withUnsafeCurrentTask { $0?.cancel() }
                    }
                }
                await #expect(throws: CancellationError.self) { try await task.value }
                let ids = try await client.ids(table)
                #expect(ids == [])
            }
        }

        @Test func connectionKilledWhileIdleIsReplaced() async throws {
            let client = try TestServer.client(connectionCountMax: 1)
            let pid = "SELECT pg_backend_pid()::bigint AS pid"
            let first = try await client.query(pid)[0].int64("pid")
            #expect(try await client.query(pid)[0].int64("pid") == first, "a healthy connection is kept")
            _ = try await TestServer.client().query(
                "SELECT pg_terminate_backend($1::int, 5000)", [.int(first)])
            #expect(try await client.transaction { try await $0.query(pid)[0].int64("pid") } != first)
        }

        @Test func connectionGoneSilentWhileIdleIsReplaced() async throws {
            let proxy = try TCPProxy(serverPort: TestServer.port)
            defer { proxy.stop() }
            let client = try TestServer.client(
                host: "127.0.0.1", port: proxy.port, keywords: "&sslmode=disable",
                connectTimeout: .seconds(2))
            _ = try await client.query("SELECT 1")
            proxy.silencePresentConnections()
            #expect(try await client.transaction { try await $0.query("SELECT 2 AS x")[0].int64("x") } == 2)
        }
    }
}
