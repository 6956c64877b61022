/// Reads ClickHouse's names, numbers and quoted texts from left to right.

/// A cursor over UTF-8 that never leaves it; every failure names its position.
struct TextScanner {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { position == bytes.count }
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpaces() {
        while let byte = next, byte == 0x20 || (0x09...0x0D).contains(byte) {
            position += 1
        }
    }

    /// Takes `symbol`, if it is what comes next after spaces.
    mutating func take(_ symbol: Unicode.Scalar) -> Bool {
        skipSpaces()
        guard next == UInt8(ascii: symbol) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ symbol: Unicode.Scalar) throws(ClickHouseError) {
        guard take(symbol) else { throw failure("expected '\(symbol)'") }
    }

    func expectEnd() throws(ClickHouseError) {
        guard isAtEnd else { throw failure("expected the end") }
    }

    /// A bare word of letters, digits and underscores; nil when none comes next.
    mutating func word() -> String? {
        skipSpaces()
        let start = position
        while let byte = next, Self.isWordByte(byte) {
            position += 1
        }
        return start == position ? nil : text(from: start)
    }

    /// A name without quotes, as people write tables in a configuration: up to a dot, quote, space or control
    /// character.
    mutating func bareName() -> String {
        let start = position
        while let byte = next, byte > 0x20, byte != 0x7F, !".`'\"".utf8.contains(byte) {
            position += 1
        }
        return text(from: start)
    }

    mutating func integer() throws(ClickHouseError) -> Int {
        skipSpaces()
        let start = position
        let isNegative = take("-")
        guard let digits = word(), let value = Int((isNegative ? "-" : "") + digits) else {
            position = start
            throw failure("expected an integer")
        }
        return value
    }

    /// A text between two `quote`s, with its escapes undone; a doubled quote stands for one.
    mutating func quoted(_ quote: Unicode.Scalar) throws(ClickHouseError) -> String {
        try expect(quote)
        let start = position
        let end = UInt8(ascii: quote)
        var content: [UInt8] = []
        while let byte = next {
            position += 1
            if byte == end {
                guard next == end else { return try decode(content) }
                position += 1
                content.append(end)
            } else if byte == UInt8(ascii: "\\") {
                content += try escaped()
            } else {
                content.append(byte)
            }
        }
        position = start
        throw failure("the quote is not closed")
    }

    /// Everything up to a comma or closing parenthesis on this level, with quotes and parentheses balanced.
    mutating func argument() throws(ClickHouseError) -> String {
        skipSpaces()
        let start = position
        var depth = 0
        loop: while let byte = next {
            switch Unicode.Scalar(byte) {
            case ",", ")":
                if depth == 0 { break loop }
                depth -= byte == UInt8(ascii: ")") ? 1 : 0
            case "(":
                depth += 1
            case "'", "`", "\"":
                _ = try quoted(Unicode.Scalar(byte))
                continue
            default:
                break
            }
            position += 1
        }
        guard start < position else { throw failure("expected an argument") }
        return text(from: start)
    }

    /// Everything up to a space on this level, with quotes and parentheses balanced; nil at the end.
    mutating func balancedWord() throws(ClickHouseError) -> String? {
        skipSpaces()
        let start = position
        var depth = 0
        while let byte = next, depth > 0 || byte != UInt8(ascii: " ") {
            switch Unicode.Scalar(byte) {
            case "(": depth += 1
            case ")": depth -= 1
            case "'", "`", "\"":
                _ = try quoted(Unicode.Scalar(byte))
                continue
            default: break
            }
            position += 1
        }
        return start == position ? nil : text(from: start)
    }

    func text(from start: Int) -> String {
        String(decoding: bytes[start..<position], as: UTF8.self)
    }

    func failure(_ problem: String) -> ClickHouseError {
        ClickHouseError(
            .malformedText, "\(problem) at byte \(position)",
            context: ["text": String(decoding: bytes.prefix(1024), as: UTF8.self)])
    }

    private mutating func escaped() throws(ClickHouseError) -> [UInt8] {
        guard let byte = next else { throw failure("a backslash is the last byte") }
        position += 1
        guard byte == UInt8(ascii: "x") else { return unescaped(byte) }
        let digits = bytes[position...].prefix(2)
        guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else {
            throw failure("expected two hexadecimal digits")
        }
        position += 2
        return [value]
    }

    private func decode(_ content: [UInt8]) throws(ClickHouseError) -> String {
        guard let text = String(validating: content, as: UTF8.self) else { throw failure("not UTF-8") }
        return text
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }
}
