/// The JSON grammar (RFC 8259) over bytes: one strict pass, and quick steps over bytes that passed it.
enum JSONGrammar {
    /// Deeper documents are refused, so that no input can exhaust the stack.
    static let depthMax = 256

    /// Checks the whole text and returns where its value stands.
    static func check(_ text: Span<UInt8>) throws -> Range<Int> {
        var index = 0
        skipSpace(text, &index)
        let start = index
        try checkValue(text, &index, depth: 0)
        let end = index
        skipSpace(text, &index)
        guard index == text.count else { throw malformed("more than one value", at: index) }
        return start..<end
    }

    private static func checkValue(_ text: Span<UInt8>, _ index: inout Int, depth: Int) throws {
        guard index < text.count else { throw malformed("text ends early", at: index) }
        switch text[index] {
        case UInt8(ascii: "{"): try checkItems(text, &index, until: UInt8(ascii: "}"), depth: depth + 1)
        case UInt8(ascii: "["): try checkItems(text, &index, until: UInt8(ascii: "]"), depth: depth + 1)
        case UInt8(ascii: "\""): try checkString(text, &index)
        case UInt8(ascii: "t"): try checkWord("true", text, &index)
        case UInt8(ascii: "f"): try checkWord("false", text, &index)
        case UInt8(ascii: "n"): try checkWord("null", text, &index)
        default: try checkNumber(text, &index)
        }
    }

    private static func checkItems(
        _ text: Span<UInt8>, _ index: inout Int, until close: UInt8, depth: Int
    ) throws {
        guard depth <= depthMax else { throw malformed("nested deeper than \(depthMax)", at: index) }
        index += 1
        skipSpace(text, &index)
        if index < text.count, text[index] == close {
            index += 1
            return
        }
        while true {
            if close == UInt8(ascii: "}") {
                guard index < text.count, text[index] == UInt8(ascii: "\"") else {
                    throw malformed("expected a key", at: index)
                }
                try checkString(text, &index)
                skipSpace(text, &index)
                guard index < text.count, text[index] == UInt8(ascii: ":") else {
                    throw malformed("expected ':'", at: index)
                }
                index += 1
                skipSpace(text, &index)
            }
            try checkValue(text, &index, depth: depth)
            skipSpace(text, &index)
            guard index < text.count else { throw malformed("text ends early", at: index) }
            let byte = text[index]
            index += 1
            if byte == close { return }
            guard byte == UInt8(ascii: ",") else { throw malformed("expected ',' or an end", at: index - 1) }
            skipSpace(text, &index)
        }
    }

    private static func checkString(_ text: Span<UInt8>, _ index: inout Int) throws {
        index += 1
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "\"") {
                index += 1
                return
            } else if byte == UInt8(ascii: "\\") {
                try checkEscape(text, &index)
            } else if byte >= 0x80 {
                try checkScalar(text, &index)
            } else if byte >= 0x20 {
                index += 1
            } else {
                throw malformed("control character in a string", at: index)
            }
        }
        throw malformed("text ends inside a string", at: index)
    }

    private static func checkEscape(_ text: Span<UInt8>, _ index: inout Int) throws {
        guard index + 1 < text.count else { throw malformed("text ends inside a string", at: index) }
        switch text[index + 1] {
        case UInt8(ascii: "u"):
            guard index + 5 < text.count, (index + 2...index + 5).allSatisfy({ isHexDigit(text[$0]) }) else {
                throw malformed("\\u needs four hex digits", at: index)
            }
            index += 6
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 2
        default: throw malformed("unknown escape", at: index)
        }
    }

    /// Well-formed UTF-8 sequences, Unicode 15 table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
    private static func checkScalar(_ text: Span<UInt8>, _ index: inout Int) throws {
        let lead = text[index]
        let second: ClosedRange<UInt8>
        switch lead {
        case 0xE0: second = 0xA0...0xBF
        case 0xED: second = 0x80...0x9F
        case 0xF0: second = 0x90...0xBF
        case 0xF4: second = 0x80...0x8F
        case 0xC2...0xF3: second = 0x80...0xBF
        default: throw malformed("invalid UTF-8", at: index)
        }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard index + length <= text.count, second.contains(text[index + 1]),
            (index + 2..<index + length).allSatisfy({ text[$0] & 0xC0 == 0x80 })
        else { throw malformed("invalid UTF-8", at: index) }
        index += length
    }

    private static func checkWord(_ word: StaticString, _ text: Span<UInt8>, _ index: inout Int) throws {
        let isThere = word.withUTF8Buffer { letters in
            text.count - index >= letters.count
                && letters.indices.allSatisfy { text[index + $0] == letters[$0] }
        }
        guard isThere else { throw malformed("unknown word", at: index) }
        index += word.utf8CodeUnitCount
    }

    private static func checkNumber(_ text: Span<UInt8>, _ index: inout Int) throws {
        let start = index
        skip(UInt8(ascii: "-"), text, &index)
        let first = index
        guard skipDigits(text, &index) > 0, text[first] != UInt8(ascii: "0") || index == first + 1 else {
            throw malformed("expected a value", at: start)
        }
        if skip(UInt8(ascii: "."), text, &index) {
            guard skipDigits(text, &index) > 0 else { throw malformed("expected a digit", at: index) }
        }
        if skip(UInt8(ascii: "e"), text, &index) || skip(UInt8(ascii: "E"), text, &index) {
            if !skip(UInt8(ascii: "+"), text, &index) { skip(UInt8(ascii: "-"), text, &index) }
            guard skipDigits(text, &index) > 0 else { throw malformed("expected a digit", at: index) }
        }
    }

    private static func skipDigits(_ text: Span<UInt8>, _ index: inout Int) -> Int {
        let start = index
        while index < text.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= text[index] { index += 1 }
        return index - start
    }

    @discardableResult
    private static func skip(_ byte: UInt8, _ text: Span<UInt8>, _ index: inout Int) -> Bool {
        guard index < text.count, text[index] == byte else { return false }
        index += 1
        return true
    }

    private static func skipSpace(_ text: Span<UInt8>, _ index: inout Int) {
        while index < text.count, isSpace(text[index]) { index += 1 }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private static func malformed(_ what: String, at offset: Int) -> IcebergError {
        IcebergError(.invalidJSON, "not JSON: \(what)", context: ["offset": String(offset)])
    }
}

/// Steps over bytes that `check` has passed.
extension JSONGrammar {
    /// The offset of the next key, value or closing bracket: over white space, `,` and `:`.
    static func nextItem(in text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < text.count,
            isSpace(text[index]) || text[index] == UInt8(ascii: ",") || text[index] == UInt8(ascii: ":")
        { index += 1 }
        return index
    }

    /// The offset behind the value that begins at `start`.
    static func endOfValue(in text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        var depth = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""):
                index = endOfString(in: text, from: index)
                if depth == 0 { return index }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return index }
                depth -= 1
                if depth == 0 { return index + 1 }
            case UInt8(ascii: ","): if depth == 0 { return index }
            case let byte: if depth == 0, isSpace(byte) { return index }
            }
            index += 1
        }
        return index
    }

    private static func endOfString(in text: Span<UInt8>, from start: Int) -> Int {
        var index = start + 1
        while index < text.count, text[index] != UInt8(ascii: "\"") {
            index += text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 1, text.count)
    }
}
