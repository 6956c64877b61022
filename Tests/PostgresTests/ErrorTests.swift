/// Failures, each provoked on a real server, and how they are told.
import Foundation
import Postgres
import Testing

extension ServerTests {
    @Suite struct ErrorTests {
        @Test(
            arguments: [
                ("SELECT * FROM nowhere", .undefinedTable, "42P01"),
                (
                    "CREATE TEMP TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (1)",
                    .uniqueViolation,
                    "23505"
                ),
                ("SET TRANSACTION READ ONLY; CREATE TABLE t ()", .readOnly, "25006"),
                ("SET LOCAL statement_timeout = 50; SELECT pg_sleep(60)", .queryCanceled, "57014"),
                ("SELECT 'sesame'::int", .invalidValue, "22P02"),
                ("SELECT FROM WHERE", .other, "42601"),
                ("DO $$ BEGIN RAISE SQLSTATE '42501'; END $$", .insufficientPrivilege, "42501"),
                ("DO $$ BEGIN RAISE SQLSTATE '53100'; END $$", .diskFull, "53100"),
                ("DO $$ BEGIN RAISE SQLSTATE '53300'; END $$", .tooManyConnections, "53300"),
                ("DO $$ BEGIN RAISE SQLSTATE '08006'; END $$", .connectionLost, "08006"),
                ("DO $$ BEGIN RAISE SQLSTATE '57P03'; END $$", .connectionLost, "57P03"),
                ("SELECT pg_terminate_backend(pg_backend_pid())", .connectionLost, "57P01"),
            ] as [(String, PostgresError.Code, String)])
        func serverErrorsAreSortedBySQLState(sql: String, code: PostgresError.Code, sqlState: String)
            async throws
        {
            let client = try TestServer.client()
            let error = try await postgresError { try await client.transaction { try await $0.script(sql) } }
            #expect(error.code == code)
            #expect(error.sqlState == sqlState)
            #expect(try await client.query("SELECT 1 AS x")[0].int64("x") == 1, "the pool recovers")
        }

        @Test func descriptionHidesRowDataAndDebugDescriptionTellsIt() async throws {
            try await TestServer.withTable { client, table in
                _ = try await client.query("INSERT INTO \(table) VALUES (4711)")
                let duplicate = try await postgresError {
                    _ = try await client.query("INSERT INTO \(table) VALUES (4711)")
                }
                #expect(duplicate.description.contains("rows_pkey"))
                #expect(!duplicate.description.contains("4711"))
                #expect(duplicate.debugDescription.contains("detail: Key (id)=(4711) already exists."))
                let refused = try await postgresError { _ = try await client.query("SELECT 'sesame'::int") }
                #expect(refused.description == "PostgreSQL: the server refused a value (invalidValue, 22P02)")
                #expect(refused.debugDescription.contains("sesame"))
            }
        }

        @Test func wrongPasswordIsNotRetried() async throws {
            let client = try TestServer.client(password: "wrong-password")
            let error = try await postgresError { _ = try await client.query("SELECT 1") }
            #expect(error.code == .authenticationFailed)
            #expect(error.sqlState == "28P01")
            #expect(!error.isRetryable)
            #expect(!error.debugDescription.contains("wrong-password"))
        }

        @Test func refusedPortIsAFailedConnection() async throws {
            let client = try TestServer.client(host: "127.0.0.1", port: 1)
            let error = try await postgresError { _ = try await client.query("SELECT 1") }
            #expect(error.code == .connectionFailed)
            #expect(error.isRetryable)
            #expect(error.message.hasSuffix("Connection refused"))
        }

        @Test func unknownDatabaseIsAFailedConnection() async throws {
            let client = try TestServer.client(keywords: "&dbname=nowhere")
            let error = try await postgresError { _ = try await client.query("SELECT 1") }
            #expect(error.code == .connectionFailed)
            #expect(error.sqlState == "3D000")
        }

        @Test func silentServerFailsWithinTheConnectTimeout() async throws {
            let proxy = try TCPProxy(serverPort: TestServer.port)
            defer { proxy.stop() }
            proxy.set(.silence)
            let client = try TestServer.client(
                host: "127.0.0.1", port: proxy.port, connectTimeout: .milliseconds(200))
            #expect(
                try await postgresError { _ = try await client.query("SELECT 1") }.code == .connectionFailed)
        }

        @Test func secondHostIsTriedWhenTheFirstRefuses() async throws {
            let client = try TestServer.client(
                keywords: "&host=127.0.0.1,127.0.0.1&port=1,\(TestServer.port)")
            #expect(try await client.query("SELECT 1 AS x")[0].int64("x") == 1)
        }
    }
}
