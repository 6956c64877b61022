/// The way in: a small pool of connections to one PostgreSQL server, or to the primary of one cluster.
import CLibPQ

/// Keeps no state in a session, so that everything works behind pgbouncer in transaction mode: no named statements, no
/// SET outside a transaction, no advisory locks, no LISTEN.
///
/// Connects when first asked. A connection that was idle is asked for a sign of life before it is used, and replaced when
/// it gives none; nothing is ever sent twice.
public final class PostgresClient: Sendable {
    public let configuration: PostgresConfiguration
    let pool: PostgresPool

    public init(_ configuration: PostgresConfiguration) {
        self.configuration = configuration
        pool = PostgresPool(configuration)
    }

    /// Lends a connection; waits in line while `connectionCountMax` of them are lent.
    public nonisolated(nonsending) func withConnection<Output>(
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> Output
    ) async throws -> Output {
        let connection = try await pool.take()
        do {
            let output = try await body(connection)
            await pool.giveBack(connection)
            return output
        } catch {
            await pool.giveBack(connection)
            throw error
        }
    }

    /// Runs one statement, which commits by itself; see `PostgresConnection.query`.
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> PostgresRows {
        try await withConnection { try await $0.query(sql, parameters) }
    }

    /// Runs `body` in a transaction; see `PostgresConnection.transaction`.
    public nonisolated(nonsending) func transaction<Output>(
        _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Output
    ) async throws -> Output {
        try await withConnection { try await $0.transaction(body) }
    }

    /// Of libpq, as it is linked at run time: `17.5`.
    public static var libraryVersion: String {
        let number = PQlibVersion()
        return "\(number / 10_000).\(number % 10_000)"
    }
}
