// PostgreSQL's failures in the words of the flow.
import OffloadCore
import Postgres

enum LedgerFailure {
    /// Runs `body`; what it throws comes out as an `OffloadError` that names the table.
    static func translated<Output>(
        _ table: String?, _ body: () async throws -> Output
    ) async throws -> Output {
        do {
            return try await body()
        } catch let error as PostgresError {
            throw translate(error, table: table)
        } catch var error as OffloadError {
            error.table = error.table ?? table
            throw error
        }
    }

    static func translate(_ error: PostgresError, table: String?) -> OffloadError {
        switch error.code {
        case .undefinedTable:
            OffloadError(
                .notMigrated, "the ledger's tables are missing in PostgreSQL, or older than this program",
                table: table, underlying: error,
                hint: "iceberg-offload migrate")
        case .commitOutcomeUnknown:
            OffloadError(
                .commitUnknown, "PostgreSQL went away while it was committing", table: table,
                underlying: error,
                hint: "nothing is lost: the ledger is asked before anything is done again")
        default:
            OffloadError(
                .ledgerUnavailable, "\(error.description); the watermark stays where it is", table: table,
                underlying: error, isRetryable: error.isRetryable, hint: error.hint)
        }
    }
}
