import Synchronization
import Testing

/// A small pool under many tasks.
@testable import Postgres

extension ServerTests {
    @Suite struct PoolTests {
        final class Served: Sendable {
            let numbers = Mutex<[Int]>([])
        }

        @Test func twentyTasksShareThreeConnections() async throws {
            try await TestServer.withTable { direct, table in
                let client = try TestServer.client(connectionCountMax: 3)
                let pids = try await withThrowingTaskGroup(of: Int64.self) { group in
                    for id in 1...20 {
                        group.addTask {
                            try await client.transaction { transaction in
                                try await transaction.query(
                                    "INSERT INTO \(table) VALUES ($1) RETURNING pg_backend_pid()::bigint AS pid",
                                    [PostgresValue(Int64(id))])[0].int64("pid")
                            }
                        }
                    }
                    return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
                }
                #expect((1...3).contains(pids.count))
                #expect(try await direct.ids(table) == Array(1...20))
            }
        }

        @Test func firstInLineIsServedFirst() async throws {
            let client = try TestServer.client(connectionCountMax: 1)
            let served = Served()
            let tasks = try await client.withConnection { _ in
                var tasks: [Task<Void, any Error>] = []
                for number in 1...5 {
                    tasks.append(
                        Task {
                            try await client.withConnection { _ in
                                served.numbers.withLock { $0.append(number) }
                            }
                        })
                    try await eventually { await client.pool.line.count == number }
                }
                return tasks
            }
            for task in tasks {
                try await task.value
            }
            #expect(served.numbers.withLock { $0 } == [1, 2, 3, 4, 5])
        }

        @Test func cancelledWaiterLeavesTheLineAndTheOthersGoOn() async throws {
            let client = try TestServer.client(connectionCountMax: 1)
            let other = try await client.withConnection { _ in
                let cancelled = Task { try await client.query("SELECT 1") }
                try await eventually { await client.pool.line.count == 1 }
                let other = Task { try await client.query("SELECT 2 AS x")[0].int64("x") }
                try await eventually { await client.pool.line.count == 2 }
                cancelled.cancel()
                await #expect(throws: CancellationError.self) { _ = try await cancelled.value }
                return other
            }
            #expect(try await other.value == 2)
        }

        @Test func failedConnectionAttemptsDoNotUseUpThePool() async throws {
            let client = try TestServer.client(host: "127.0.0.1", port: 1, connectionCountMax: 1)
            for _ in 1...3 {
                #expect(
                    try await postgresError { _ = try await client.query("SELECT 1") }.code
                        == .connectionFailed)
            }
        }
    }
}
