/// Names and texts as ClickHouse SQL reads them back, byte for byte.

/// A column, table or database name in backticks, whatever it holds.
public func quoteIdentifier(_ name: String) -> String {
    "`" + escape(name, quote: "`") + "`"
}

/// A string literal in single quotes, whatever it holds.
public func quoteLiteral(_ text: String) -> String {
    "'" + escape(text, quote: "'") + "'"
}

/// One value of the TSV format, as the server wants query parameters (HTTP interface, `param_<name>`).
func escapeTabSeparated(_ text: String) -> String {
    escape(text, quote: nil)
}

/// The escapes that literals, quoted names and TSV have in common (ClickHouse `WriteHelpers.h`,
/// writeAnyEscapedString).
private func escape(_ text: String, quote: Unicode.Scalar?) -> String {
    // Bytes, for a String copies itself whenever scalars are appended to it.
    var escaped: [UInt8] = []
    for byte in text.utf8 {
        switch Unicode.Scalar(byte) {
        case "\0": escaped += "\\0".utf8
        case "\u{08}": escaped += "\\b".utf8
        case "\t": escaped += "\\t".utf8
        case "\n": escaped += "\\n".utf8
        case "\u{0C}": escaped += "\\f".utf8
        case "\r": escaped += "\\r".utf8
        case "\\": escaped += "\\\\".utf8
        case quote: escaped += [UInt8(ascii: "\\"), byte]
        default: escaped.append(byte)
        }
    }
    return String(decoding: escaped, as: UTF8.self)
}

/// What a backslash and `byte` stand for: an unknown pair stays as it is, for the sake of LIKE patterns
/// (ClickHouse `ReadHelpers.cpp`, parseComplexEscapeSequence).
func unescaped(_ byte: UInt8) -> [UInt8] {
    switch Unicode.Scalar(byte) {
    case "0": [0x00]
    case "a": [0x07]
    case "b": [0x08]
    case "t": [0x09]
    case "n": [0x0A]
    case "v": [0x0B]
    case "f": [0x0C]
    case "r": [0x0D]
    case "e": [0x1B]
    case "\\", "/", "'", "\"", "`": [byte]
    default: [UInt8(ascii: "\\"), byte]
    }
}
