/// JSON string literals: text to escaped bytes and back.
enum JSONString {
    /// Appends the text as a literal with quotes; only what RFC 8259 demands is escaped.
    static func encode(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
            case 0x0A: output += "\\n".utf8
            case 0x0D: output += "\\r".utf8
            case 0x09: output += "\\t".utf8
            case 0..<0x20: output += "\\u00\(Literal.hexadecimal([byte]))".utf8
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    /// The text of a checked literal without its quotes.
    /// - Throws: `.invalidJSON` for a lone surrogate, which no Swift string can hold.
    static func decode(_ literal: ArraySlice<UInt8>) throws -> String {
        guard literal.contains(UInt8(ascii: "\\")) else { return String(decoding: literal, as: UTF8.self) }
        var units: [UInt16] = []
        var plain = literal.startIndex
        var index = literal.startIndex
        while index < literal.endIndex {
            guard literal[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            units += String(decoding: literal[plain..<index], as: UTF8.self).utf16
            units.append(unescape(literal, &index))
            plain = index
        }
        units += String(decoding: literal[plain...], as: UTF8.self).utf16
        guard let text = String(validating: units, as: UTF16.self) else {
            throw IcebergError(.invalidJSON, "not JSON: a lone surrogate in a string")
        }
        return text
    }

    private static func unescape(_ literal: ArraySlice<UInt8>, _ index: inout Int) -> UInt16 {
        let letter = literal[index + 1]
        index += 2
        switch letter {
        case UInt8(ascii: "u"):
            index += 4
            return literal[index - 4..<index].reduce(0) { $0 << 4 | hexValue($1) }
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        default: return UInt16(letter)
        }
    }

    private static func hexValue(_ digit: UInt8) -> UInt16 {
        digit <= UInt8(ascii: "9") ? UInt16(digit & 0x0F) : UInt16(digit & 0x0F) + 9
    }
}
