/// The settings that keep a 200 from being a part of the result, or another result than was asked for.

/// Sent with every query whose rows count. The user's profile may hold any of them with another value, and
/// each of them can make a complete, valid answer of fewer rows. Those that a server does not know are left
/// out.
public enum WholeResultSettings {
    public static let values: [String: String] = [
        // `break` ends a query at its limit as if it were done; `any` groups the rest wrongly (since 1.1).
        "timeout_overflow_mode": "throw",
        "timeout_overflow_mode_leaf": "throw",
        "read_overflow_mode": "throw",
        "read_overflow_mode_leaf": "throw",
        "result_overflow_mode": "throw",
        "group_by_overflow_mode": "throw",
        "sort_overflow_mode": "throw",
        "distinct_overflow_mode": "throw",
        "join_overflow_mode": "throw",
        "set_overflow_mode": "throw",
        "transfer_overflow_mode": "throw",
        // Cut every result, whatever the query says (21.3).
        "limit": "0",
        "offset": "0",
        "max_result_rows": "0",
        "max_result_bytes": "0",
        // Our own timeout decides: the server's estimate gives up early.
        "max_execution_time": "0",
        // Rows of shards or replicas that are away or late.
        "skip_unavailable_shards": "0",
        "fallback_to_stale_replicas_for_distributed_queries": "0",
        "enable_parallel_replicas": "0",
        "allow_experimental_parallel_reading_from_replicas": "0",
        // An answer from before (23.1).
        "use_query_cache": "0",
        // Rows that are not of the table, or a count() of nothing that has no row.
        "extremes": "0",
        "empty_result_for_aggregation_by_empty_set": "0",
        "aggregate_functions_null_for_empty": "0",
        // How times without a zone are read and written (23.6).
        "session_timezone": "UTC",
        // The response itself: the receiver may pause for long, the head stays small, bytes come as the
        // format writes them, exceptions as the tagged block (25.11), and a closed connection ends the query.
        "http_send_timeout": "900",
        "http_receive_timeout": "900",
        "send_progress_in_http_headers": "0",
        "enable_http_compression": "0",
        "http_write_exception_in_output_format": "0",
        "cancel_http_readonly_queries_on_client_close": "1",
        // TabSeparated, the format of `ClickHouseClient.rows`.
        "format_tsv_null_representation": "\\N",
        "output_format_tsv_crlf_end_of_line": "0",
    ]

    static let query =
        "SELECT name, value, readonly FROM system.settings WHERE name IN ("
        + values.keys.sorted().map(quoteLiteral).joined(separator: ", ") + ")"

    /// Which of them to send, given the rows of `query`.
    /// - Throws: `ClickHouseError` `settingsAreReadOnly` when the user's profile holds another value fast.
    static func toSend(_ rows: [[String?]]) throws(ClickHouseError) -> [String: String] {
        var toSend: [String: String] = [:]
        for row in rows {
            guard row.count == 3, let name = row[0], let wanted = values[name] else {
                throw ClickHouseError(.malformedResponse, "system.settings is not as expected")
            }
            if row[2] != "1" {
                toSend[name] = wanted
            } else if row[1] != wanted {
                throw ClickHouseError(
                    .settingsAreReadOnly, "the user's profile must have \(name) = \(wanted)")
            }
        }
        return toSend
    }
}
