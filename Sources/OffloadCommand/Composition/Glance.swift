// Where the tables stand, within two seconds: a look for people in a hurry, which waits for no server.
import OffloadCore
import OffloadIO

/// Tables and the newest cycles; with what ClickHouse says if it says it soon enough, else by the ledger alone.
struct Glance {
    let tables: [TableStatus]
    /// The newest first.
    let cycles: [CycleRecord]
    /// The process that runs cycles, as `host:pid`; nil: none does.
    let scheduler: String?

    /// Leaves some of the two seconds to start and to print.
    private static let patience = Duration.milliseconds(1_200)

    /// - Throws: `OffloadError` if PostgreSQL says nothing in time.
    static func take(
        _ definitions: [TableDefinition], of configuration: OffloadConfiguration, cycleCount: Int
    ) async throws -> Glance {
        let observatory = try Deployment.observatory(of: configuration)
        let ledger = try Deployment.observatory(of: configuration, asksSource: false)
        async let full = within(patience) { try? await observatory.tables(definitions) }
        let known = try await within(patience) {
            try await (
                ledger.tables(definitions), ledger.cycles(newest: cycleCount), ledger.scheduler()
            )
        }
        guard let (tables, cycles, scheduler) = known else {
            throw OffloadError(
                .ledgerUnavailable, "PostgreSQL did not answer in time", isRetryable: true,
                hint: "iceberg-offload doctor")
        }
        return Glance(
            tables: (try await full).flatMap(\.self) ?? tables, cycles: cycles, scheduler: scheduler)
    }

    /// The work's result, or nil when it takes longer than that. What is late is not waited for, not even for its
    /// cancellation: the process is about to end.
    private static func within<Output: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable () async throws -> Output
    ) async throws -> Output? {
        let (results, continuation) = AsyncThrowingStream<Output?, any Error>.makeStream()
        Task {
            do {
                continuation.yield(try await work())
            } catch {
                continuation.finish(throwing: error)
            }
        }
        Task {
            try await Task.sleep(for: limit)
            continuation.yield(nil)
        }
        for try await result in results { return result }
        return nil
    }
}
