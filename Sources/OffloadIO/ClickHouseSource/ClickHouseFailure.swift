// ClickHouse's failures in the words of the flow.
import ClickHouse
import OffloadCore

enum ClickHouseFailure {
    /// Runs `body`; what it throws comes out as an `OffloadError` that names the table.
    static func translated<Output>(_ table: String?, _ body: () async throws -> Output) async throws -> Output
    {
        do {
            return try await body()
        } catch {
            throw translate(error, table: table)
        }
    }

    static func translate(_ error: any Error, table: String?) -> any Error {
        guard let error = error as? ClickHouseError else { return error }
        // A full disk is told by the draft, underneath.
        if let cause = error.underlying as? OffloadError { return cause }
        // Any exception may quote the query and so the complaint in it; only throwIf's is one.
        if error.serverCode == 395, error.message.contains(ColumnExpression.complaintPrefix) {
            return OffloadError(.invalidText, "text that is not UTF-8", table: table, underlying: error)
        }
        let code: OffloadError.Code =
            switch error.code {
            case .unknownTable: .sourceTableMissing
            case .unknownColumn: .sourceColumnMissing
            case .truncated, .malformedResponse: .sourceIncomplete
            case .network, .unavailable, .timeout, .tooManyQueries, .memoryLimit: .sourceUnavailable
            case .cancelled: .cancelled
            default: .sourceRefused
            }
        return OffloadError(
            code, "\(error.description): \(summary(of: error)); the watermark stays where it is",
            table: table,
            context: error.context, underlying: error, isRetryable: error.isRetryable, hint: error.hint)
    }

    static func malformed(_ table: String) -> OffloadError {
        OffloadError(
            .sourceIncomplete,
            "ClickHouse gave an answer of another form than was asked for; the watermark stays where it is",
            table: table,
            hint: "is there a proxy in between that answers by itself?")
    }

    /// The first line of the server's words; what follows may quote the query and its data.
    private static func summary(of error: ClickHouseError) -> String {
        String(error.message.prefix { $0 != "\n" }.prefix(200))
    }
}
