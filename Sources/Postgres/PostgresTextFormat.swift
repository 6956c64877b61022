/// The text forms that need more than a `description`: `bytea` in hex, and `text[]`.

/// `\x0a1f`, what `bytea_output = hex` (the default) writes.
enum PostgresHex {
    static func encode(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text = Array("\\x".utf8)
        text.reserveCapacity(2 + 2 * bytes.count)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.starts(with: "\\x".utf8), digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2 - 1)
        for index in stride(from: 2, to: digits.count, by: 2) {
            guard let high = value(of: digits[index]), let low = value(of: digits[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

/// `{"a","b"}`: one dimension, no nulls (PostgreSQL documentation, "Array Input and Output Syntax").
enum PostgresTextArray {
    static func encode(_ texts: [String]) -> String {
        let quoted = texts.map { text in
            "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
        }
        return "{" + quoted.joined(separator: ",") + "}"
    }

    static func decode(_ text: String) -> [String]? {
        var characters = text.unicodeScalars[...]
        guard characters.popFirst() == "{", characters.popLast() == "}" else { return nil }
        guard !characters.isEmpty else { return [] }
        var elements: [String] = []
        while let element = element(&characters) {
            elements.append(element)
            guard let comma = characters.popFirst() else { return elements }
            guard comma == "," else { return nil }
        }
        return nil
    }

    /// One element, up to the comma or the end; nil for NULL, for a nested array and for what is malformed.
    private static func element(_ characters: inout Substring.UnicodeScalarView) -> String? {
        var element = String.UnicodeScalarView()
        guard characters.first == "\"" else {
            while let next = characters.first, next != "," {
                guard next != "{", next != "}", next != "\"", next != "\\" else { return nil }
                element.append(characters.removeFirst())
            }
            return element.isEmpty || String(element).uppercased() == "NULL" ? nil : String(element)
        }
        characters.removeFirst()
        while let next = characters.popFirst() {
            switch next {
            case "\"": return String(element)
            case "\\":
                guard let escaped = characters.popFirst() else { return nil }
                element.append(escaped)
            default: element.append(next)
            }
        }
        return nil
    }
}
