/// What can go wrong with a Parquet file: damaged bytes, or a file this library refuses on purpose.

public struct ParquetError: Error, Sendable {
    public enum Code: String, Sendable {
        /// The `PAR1` magics are not where they belong.
        case notParquet
        /// The footer's bytes contradict the format or each other.
        case malformed
        /// Well-formed, but with an encoding, an encryption or a schema shape that is refused.
        case unsupported
        /// The given field ids and the columns of the file do not match one to one.
        case fieldIDMismatch
        /// A mend does not fit the type of its column, or names no column.
        case unfitMend
    }

    public let code: Code
    public let message: String
    public let context: [String: String]

    /// Always nil: nothing below this library throws.
    public var underlying: (any Error)? { nil }

    /// True where the same query may well deliver an intact file the next time.
    public var isRetryable: Bool { code == .notParquet || code == .malformed }

    /// What to do next; nil when the message says it all.
    public var hint: String? {
        switch code {
        case .notParquet, .malformed:
            "stage the file again; if it stays so, read the server's log of that query"
        case .unsupported: "write the file with ClickHouse's native Parquet encoder, without encryption"
        case .fieldIDMismatch: "compare the SELECT's columns with the table's schema"
        case .unfitMend: nil
        }
    }

    init(_ code: Code, _ message: String, _ context: [String: String] = [:]) {
        self.code = code
        self.message = message
        self.context = context
    }
}

extension ParquetError: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { "Parquet \(code.rawValue): \(message)" }

    public var debugDescription: String {
        let pairs = context.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return ([description] + pairs + (hint.map { ["hint: \($0)"] } ?? [])).joined(separator: "; ")
    }
}
