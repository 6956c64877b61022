/// An open transaction, as its body sees it.

/// Good until the body of `transaction` returns; used later, it throws.
public struct PostgresTransaction: Sendable {
    let connection: PostgresConnection
    let number: Int

    /// Runs one statement; after one that failed, the server refuses all others but the end.
    ///
    /// - Throws: `PostgresError`, or `CancellationError`.
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> PostgresRows {
        try await connection.runInTransaction(number, .single(sql, parameters))
    }

    /// Runs statements parted by semicolons, such as a migration's file.
    public func script(_ sql: String) async throws {
        _ = try await connection.runInTransaction(number, .script(sql))
    }
}
