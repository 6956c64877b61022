// The column that orders rows in time of arrival, and its values as exact integers.

/// A value of a cursor column: ticks of the column's own unit, so that no digit is ever lost.
///
/// A `DateTime64(9)` counts nanoseconds since 1970, a `DateTime` seconds, an integer column itself. 128 bits hold
/// every `UInt64` and every `DateTime64`.
public struct CursorValue: Sendable, Hashable, Comparable {
    // Two words: Swift 6.3 on x86-64 leaves the stack askew when a bare Int128 is an argument of an async function.
    private let upper: Int64
    private let lower: UInt64

    public var ticks: Int128 { Int128(upper) << 64 | Int128(lower) }

    public init(ticks: Int128) {
        upper = Int64(truncatingIfNeeded: ticks >> 64)
        lower = UInt64(truncatingIfNeeded: ticks)
    }

    public static func < (left: CursorValue, right: CursorValue) -> Bool {
        left.ticks < right.ticks
    }
}

/// A cursor column and how its values are written.
public struct Cursor: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Seconds since 1970 with `digits` decimal places (0 for `DateTime`, 0...9 for `DateTime64`).
        case time(digits: Int)
        /// A whole number of no known unit.
        case integer
    }

    public let column: String
    public let kind: Kind

    public init(column: String, kind: Kind) {
        self.column = column
        self.kind = kind
    }

    /// The value as ClickHouse writes it in UTC (`2026-01-01 00:00:00.123`), or as a plain number.
    public func text(_ value: CursorValue) -> String {
        switch kind {
        case .integer: return String(value.ticks)
        case .time(let digits): return CivilTime.text(ticks: value.ticks, digits: digits)
        }
    }

    /// Reads what `text` writes, ISO 8601 with `T` and `Z`, or a plain date; nil if it is none of these.
    public func value(of text: String) -> CursorValue? {
        switch kind {
        case .integer: return Int128(text).map(CursorValue.init(ticks:))
        case .time(let digits): return CivilTime.ticks(of: text, digits: digits).map(CursorValue.init(ticks:))
        }
    }

    /// The instant of a value in microseconds since 1970, rounded down; nil for an integer cursor, whose unit nobody knows.
    public func microseconds(_ value: CursorValue) -> Int64? {
        guard case .time(let digits) = kind else { return nil }
        let micro = CivilTime.rescale(value.ticks, from: digits, to: 6)
        return Int64(exactly: micro)
    }

    /// The newest value at or before an instant given in microseconds since 1970; nil for an integer cursor.
    public func value(atMicroseconds micro: Int64) -> CursorValue? {
        guard case .time(let digits) = kind else { return nil }
        return CursorValue(ticks: CivilTime.rescale(Int128(micro), from: 6, to: digits))
    }
}
