// Brings the ledger's tables to the version this program knows.
import OffloadCore
import Postgres

/// Applies the SQL files of `Migrations/` in order, each once, safe when two processes start together.
public struct Migrator: Sendable {
    struct Migration {
        let version: Int64
        let name: String
        let sql: [UInt8]

        /// Notes that it has been applied.
        var record: String {
            "INSERT INTO offload_schema_migrations (version, name) VALUES (\(version), '\(name)')"
        }
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

    /// What is missing, as SQL for the client of somebody who may create tables: one transaction, empty if nothing is.
    ///
    /// - Throws: `notMigrated` when the database is newer than this program.
    public func script() async throws -> String {
        let missing = try await missing()
        guard !missing.isEmpty else { return "" }
        let steps = missing.map { "\(String(decoding: $0.sql, as: UTF8.self))\n\($0.record);\n" }
        return "BEGIN;\n\(Self.books);\n\(steps.joined())COMMIT;\n"
    }

    /// Applies what is missing and returns the names of what was applied; nothing to do is an empty list.
    ///
    /// - Throws: `notMigrated` when the database is newer than this program.
    public func migrate() async throws -> [String] {
        // Most starts find nothing to do, and must not need the right to create tables.
        guard try await !missing().isEmpty else { return [] }
        do {
            return try await applyMissing()
        } catch let error as PostgresError where error.code == .insufficientPrivilege {
            throw OffloadError(
                .notMigrated, "the ledger has to be migrated, and this user may not: \(error.message)",
                underlying: error,
                hint: "as one who may: iceberg-offload migrate --dry-run | psql -d DATABASE -f -")
        } catch let error as PostgresError {
            throw LedgerFailure.translate(error, table: nil)
        }
    }

    private func applyMissing() async throws -> [String] {
        try await client.transaction { transaction in
            // Another process may be at it, and a migration may take longer than a statement of every day.
            _ = try await transaction.query("SET LOCAL lock_timeout = '25s'")
            // A transaction-level lock, which pgbouncer's transaction mode keeps; the number is ours alone.
            _ = try await transaction.query("SELECT pg_advisory_xact_lock(4949827162)")
            _ = try await transaction.query(Self.books)
            let missing = try missing(after: try await transaction.query(Self.newest))
            for migration in missing {
                try await transaction.script(String(decoding: migration.sql, as: UTF8.self))
                _ = try await transaction.query(migration.record)
            }
            return missing.map { "V\($0.version) \($0.name)" }
        }
    }

    private static let books = """
        CREATE TABLE IF NOT EXISTS offload_schema_migrations (
            version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())
        """

    private static let newest = "SELECT coalesce(max(version), 0) AS version FROM offload_schema_migrations"

    private func missing() async throws -> [Migration] {
        try await LedgerFailure.translated(nil) {
            let books = try await client.query(
                "SELECT to_regclass('offload_schema_migrations') IS NOT NULL AS exist")
            guard try books.first?.bool("exist") == true else { return Self.all }
            return try missing(after: try await client.query(Self.newest))
        }
    }

    private func missing(after newest: PostgresRows) throws -> [Migration] {
        let current = try newest.first?.int64("version") ?? 0
        guard current <= Self.latestVersion else { throw tooNew(current) }
        return Self.all.filter { $0.version > current }
    }

    private func tooNew(_ version: Int64) -> OffloadError {
        OffloadError(
            .notMigrated,
            "the ledger has version \(version), this program knows only up to \(Self.latestVersion)",
            hint: "install the newer iceberg-offload; an older one must not write to a newer ledger")
    }
}
