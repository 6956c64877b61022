/// The URL of a query: everything but the query itself and who asks.

/// Fields of ClickHouse's HTTP interface; the query travels in the body, user and password in headers.
struct QueryURL {
    let base: String
    var database: String?
    var queryID: String?
    /// Values for `{name:Type}` in the query, unescaped.
    var parameters: [String: String] = [:]
    var settings: [String: String] = [:]
    /// The format of a query that names none; nil means the server's default.
    var defaultFormat: String?
    /// The server holds the response back until the query is done, so that the status is the truth.
    var waitsForEnd = false

    var text: String {
        var fields: [(String, String)] = []
        fields += database.map { [("database", $0)] } ?? []
        fields += queryID.map { [("query_id", $0)] } ?? []
        fields += defaultFormat.map { [("default_format", $0)] } ?? []
        fields += waitsForEnd ? [("wait_end_of_query", "1")] : []
        // Sorted, so that the same query has the same URL.
        fields += parameters.sorted { $0.key < $1.key }.map {
            ("param_\($0.key)", escapeTabSeparated($0.value))
        }
        fields += settings.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let query = fields.map { "\(Self.encode($0.0))=\(Self.encode($0.1))" }.joined(separator: "&")
        return base + (base.hasSuffix("/") ? "?" : "/?") + query
    }

    /// All but the unreserved characters of RFC 3986 section 2.3.
    private static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
