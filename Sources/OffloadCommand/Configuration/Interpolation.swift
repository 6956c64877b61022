/// `${NAME}` in a value is the environment variable NAME, `$$` a dollar sign, and any other `$` itself.
func interpolate(_ text: String, with environment: [String: String]) throws -> String {
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
        result += rest[..<dollar]
        let offset = text.distance(from: text.startIndex, to: dollar)
        let after = rest[rest.index(after: dollar)...]
        if after.first == "$" {
            result += "$"
            rest = after.dropFirst()
        } else if after.first == "{" {
            guard let end = after.firstIndex(of: "}"), let name = variableName(after[..<end].dropFirst())
            else {
                throw Complaint("\"${\" does not begin a ${NAME}; write $$ for a dollar sign", offset: offset)
            }
            guard let value = environment[name] else {
                throw Complaint("the environment variable \(name) is not set", offset: offset)
            }
            result += value
            rest = after[after.index(after: end)...]
        } else {
            result += "$"
            rest = after
        }
    }
    return result + rest
}

/// The name in a text that is one `${NAME}` and nothing else.
func soleVariable(in text: String) -> String? {
    guard text.hasPrefix("${"), text.hasSuffix("}") else { return nil }
    return variableName(text.dropFirst(2).dropLast())
}

/// A POSIX environment variable's name: letters, digits and `_`, not beginning with a digit.
private func variableName(_ text: Substring) -> String? {
    let isName = text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
        default: false
        }
    }
    guard isName, let first = text.utf8.first, !(0x30...0x39).contains(first) else { return nil }
    return String(text)
}
