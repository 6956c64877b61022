// Brings the ledger's tables to the version this program knows.
import OffloadCore
import Postgres

/// Applies the SQL files of `Migrations/` in order, each once, safe when two processes start together.
public struct Migrator: Sendable {
    struct Migration {
        let version: Int64
        let name: String
        let sql: [UInt8]
    }

    static let all = [
        Migration(version: 1, name: "ledger", sql: PackageResources.V0001_ledger_sql),
        Migration(version: 2, name: "receipts", sql: PackageResources.V0002_receipts_sql),
    ]

    private let client: PostgresClient

    public init(client: PostgresClient) {
        self.client = client
    }

    /// The newest version this program knows.
    public static var latestVersion: Int64 { all.last?.version ?? 0 }

    /// Applies what is missing and returns the names of what was applied; nothing to do is an empty list.
    ///
    /// - Throws: `notMigrated` when the database is newer than this program.
    public func migrate() async throws -> [String] {
        try await LedgerFailure.translated(nil) {
            try await client.transaction { transaction in
                // Another process may be at it, and a migration may take longer than a statement of every day.
                _ = try await transaction.query("SET LOCAL lock_timeout = '25s'")
                // A transaction-level lock, which pgbouncer's transaction mode keeps; the number is ours alone.
                _ = try await transaction.query("SELECT pg_advisory_xact_lock(4949827162)")
                _ = try await transaction.query(
                    """
                    CREATE TABLE IF NOT EXISTS offload_schema_migrations (
                        version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())
                    """)
                let current = try await version(in: transaction)
                guard current <= Self.latestVersion else { throw tooNew(current) }
                var applied: [String] = []
                for migration in Self.all where migration.version > current {
                    try await transaction.script(String(decoding: migration.sql, as: UTF8.self))
                    _ = try await transaction.query(
                        "INSERT INTO offload_schema_migrations (version, name) VALUES ($1, $2)",
                        [.int(migration.version), .text(migration.name)])
                    applied.append("V\(migration.version) \(migration.name)")
                }
                return applied
            }
        }
    }

    private func version(in transaction: PostgresTransaction) async throws -> Int64 {
        try await transaction.query(
            "SELECT coalesce(max(version), 0) AS version FROM offload_schema_migrations"
        )
        .first?.int64("version") ?? 0
    }

    private func tooNew(_ version: Int64) -> OffloadError {
        OffloadError(
            .notMigrated,
            "the ledger has version \(version), this program knows only up to \(Self.latestVersion)",
            hint: "install the newer iceberg-offload; an older one must not write to a newer ledger")
    }
}
