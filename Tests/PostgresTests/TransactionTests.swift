/// Transactions end in one of three ways: committed, not committed, or not known.
import Postgres
import Testing

extension ServerTests {
    @Suite struct TransactionTests {
        struct Refusal: Error {}

        @Test func bodyThatThrowsLeavesNothing() async throws {
            try await TestServer.withTable { client, table in
                await #expect(throws: Refusal.self) {
                    try await client.transaction { transaction in
                        _ = try await transaction.query("INSERT INTO \(table) VALUES (1)")
                        throw Refusal()
                    }
                }
                let ids = try await client.ids(table)
                #expect(ids == [])
            }
        }

        @Test func commitAfterAFailedStatementIsAnError() async throws {
            try await TestServer.withTable { client, table in
                let error = try await postgresError {
                    try await client.transaction { transaction in
                        _ = try await transaction.query("INSERT INTO \(table) VALUES (1)")
                        _ = try? await transaction.query("SELECT 1 / 0")
                    }
                }
                #expect(error.code == .transactionAborted)
                #expect(try await client.ids(table) == [])
            }
        }

        @Test func deferredConstraintFailsAtCommitAndIsKnownToHaveFailed() async throws {
            try await TestServer.withTable { client, table in
                let error = try await postgresError {
                    try await client.transaction { transaction in
                        try await transaction.script(
                            """
                            CREATE TEMP TABLE once (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);
                            INSERT INTO once VALUES (1), (1);
                            INSERT INTO \(table) VALUES (1)
                            """)
                    }
                }
                #expect(error.code == .uniqueViolation)
                #expect(try await client.ids(table) == [])
            }
        }

        @Test func backendKilledInsideATransactionIsALostConnection() async throws {
            try await TestServer.withTable { client, table in
                let error = try await postgresError {
                    try await client.transaction { transaction in
                        let row = try await transaction.query(
                            "INSERT INTO \(table) VALUES (1) RETURNING pg_backend_pid()::bigint AS pid")[0]
                        _ = try await client.query(
                            "SELECT pg_terminate_backend($1::int)", [.int(try row.int64("pid"))])
                        _ = try await transaction.query("INSERT INTO \(table) VALUES (2)")
                    }
                }
                #expect(error.code == .connectionLost)
                #expect(try await client.ids(table) == [])
            }
        }

        @Test(arguments: [(TCPProxy.Fault.dropReplyToCommit, [1]), (.dropCommit, [])])
        func connectionLostAtCommitLeavesTheOutcomeUnknown(fault: TCPProxy.Fault, ids: [Int64]) async throws {
            try await TestServer.withTable { direct, table in
                let proxy = try TCPProxy(serverPort: TestServer.port)
                defer { proxy.stop() }
                let client = try TestServer.client(
                    host: "127.0.0.1", port: proxy.port, keywords: "&sslmode=disable")
                proxy.set(fault)
                let error = try await postgresError {
                    try await client.transaction { _ = try await $0.query("INSERT INTO \(table) VALUES (1)") }
                }
                #expect(error.code == .commitOutcomeUnknown)
                #expect(!error.isRetryable)
                #expect(try await direct.ids(table) == ids)
                proxy.set(.none)
                #expect(try await client.ids(table) == ids, "the pool goes on with a new connection")
            }
        }

        @Test func silenceAfterCommitLeavesTheOutcomeUnknown() async throws {
            try await TestServer.withTable { _, table in
                let proxy = try TCPProxy(serverPort: TestServer.port)
                defer { proxy.stop() }
                let client = try TestServer.client(
                    host: "127.0.0.1", port: proxy.port, keywords: "&sslmode=disable",
                    statementTimeout: .milliseconds(10))
                let error = try await postgresError {
                    try await client.transaction { _ in proxy.set(.silence) }
                }
                #expect(error.code == .commitOutcomeUnknown)
            }
        }

        @Test func lockHeldByAnotherTransactionIsNotWaitedForLongerThanLockTimeout() async throws {
            try await TestServer.withTable { client, table in
                _ = try await client.query("INSERT INTO \(table) VALUES (1)")
                let hasty = try TestServer.client(lockTimeout: .milliseconds(100))
                let lock = "SELECT id FROM \(table) WHERE id = 1 FOR UPDATE"
                try await client.transaction { holder in
                    _ = try await holder.query(lock)
                    let error = try await postgresError {
                        try await hasty.transaction { _ = try await $0.query(lock) }
                    }
                    #expect(error.code == .lockNotAvailable)
                    #expect(error.isRetryable)
                }
                try await hasty.transaction { _ = try await $0.query(lock) }
            }
        }

        @Test func loserOfACompareAndSwapSeesNoRowRatherThanAnError() async throws {
            try await TestServer.withTable { client, table in
                _ = try await client.query("INSERT INTO \(table) VALUES (1, 'old')")
                let swap = "UPDATE \(table) SET note = $1 WHERE id = 1 AND note = 'old' /* \(table) */"
                async let loser = client.transaction { transaction in
                    // The winner holds the row's lock once its own update has been counted.
                    try await eventually {
                        try await client.query("SELECT 1 FROM \(table) FOR UPDATE SKIP LOCKED").isEmpty
                    }
                    return try await transaction.query(swap, ["loser"]).affectedRowCount
                }
                let winner = try await client.transaction { transaction in
                    let count = try await transaction.query(swap, ["winner"]).affectedRowCount
                    try await eventually { try await client.runs(swap.suffix(50).description) }
                    return count
                }
                #expect(winner == 1)
                #expect(try await loser == 0)
                #expect(try await client.query("SELECT note FROM \(table)")[0].string("note") == "winner")
            }
        }

        @Test func deadlockHasOneVictim() async throws {
            try await TestServer.withTable { client, table in
                _ = try await client.query("INSERT INTO \(table) VALUES (1), (2)")
                @Sendable func lock(_ first: Int64, then second: Int64) async throws -> PostgresError.Code? {
                    let update = "UPDATE \(table) SET note = 'x' WHERE id = $1"
                    do {
                        try await client.transaction { transaction in
                            _ = try await transaction.query(update, [.int(first)])
                            try await eventually {
                                try await client.query("SELECT 1 FROM \(table) FOR UPDATE SKIP LOCKED")
                                    .isEmpty
                            }
                            _ = try await transaction.query(update, [.int(second)])
                        }
                        return nil
                    } catch let error as PostgresError {
                        return error.code
                    }
                }
                async let one = lock(1, then: 2)
                async let other = lock(2, then: 1)
                #expect(Set(try await [one, other]) == [nil, .deadlockDetected])
            }
        }

        @Test func serializationFailureIsRetryable() async throws {
            try await TestServer.withTable { client, table in
                _ = try await client.query("INSERT INTO \(table) VALUES (1)")
                let error = try await postgresError {
                    try await client.transaction { transaction in
                        try await transaction.script(
                            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1")
                        _ = try await client.query("UPDATE \(table) SET note = 'other'")
                        _ = try await transaction.query("UPDATE \(table) SET note = 'mine'")
                    }
                }
                #expect(error.code == .serializationFailure)
                #expect(error.isRetryable)
            }
        }

        @Test func handleThatOutlivesItsTransactionIsRefused() async throws {
            let client = try TestServer.client(connectionCountMax: 1)
            let stale = try await client.transaction { $0 }
            try await client.transaction { _ in
                let error = try await postgresError { _ = try await stale.query("SELECT 1") }
                #expect(error.code == .transactionAborted)
            }
        }
    }
}
