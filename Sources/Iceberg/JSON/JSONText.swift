/// A lossless view on the bytes of one JSON value: read lazily, kept as they were written.
///
/// Table metadata can hold thousands of snapshots and keys of other writers. So a document is checked once, when it is
/// parsed, and from then on every part is a slice of the same bytes: nothing is decoded that nobody asks for, and what
/// nobody changes is written back byte for byte, in its order, with its number formatting and its unknown keys.
public struct JSONText: Sendable, Hashable {
    /// The value without surrounding white space.
    public let bytes: ArraySlice<UInt8>

    /// Checks the whole document against RFC 8259; one pass over the bytes, no copy.
    /// - Throws: `.invalidJSON` with the offset, also for nesting deeper than 256 and for invalid UTF-8.
    public init(parsing document: [UInt8]) throws {
        self.bytes = document[try JSONGrammar.check(document.span)]
    }

    /// Serialises a new value compactly.
    public init(_ value: JSONValue) {
        var output: [UInt8] = []
        value.write(to: &output)
        self.bytes = output[...]
    }

    /// Bytes already known to be one JSON value.
    init(checked bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    public var isNull: Bool { bytes.first == UInt8(ascii: "n") }

    public var bool: Bool {
        get throws {
            switch bytes.first {
            case UInt8(ascii: "t"): true
            case UInt8(ascii: "f"): false
            default: throw mismatch("true or false")
            }
        }
    }

    /// The number, when it is written as an integer that fits; `1.0` and `1e3` are not integers here.
    public var int64: Int64 {
        get throws {
            guard let value = Int64(String(decoding: bytes, as: UTF8.self)) else {
                throw mismatch("an integer")
            }
            return value
        }
    }

    public var int32: Int32 {
        get throws {
            guard let value = Int32(exactly: try int64) else { throw mismatch("a 32-bit integer") }
            return value
        }
    }

    public var string: String {
        get throws {
            guard bytes.first == UInt8(ascii: "\"") else { throw mismatch("a string") }
            return try JSONString.decode(bytes.dropFirst().dropLast())
        }
    }

    /// The members of an object in their order.
    /// - Throws: `.invalidJSON` also when a name stands twice.
    public var members: [(key: String, value: JSONText)] {
        get throws {
            guard bytes.first == UInt8(ascii: "{") else { throw mismatch("an object") }
            var members: [(key: String, value: JSONText)] = []
            try walk { key, value in
                if let key { members.append((try key.string, value)) }
                return true
            }
            try Self.refuseTwins(among: members.map(\.key))
            return members
        }
    }

    /// Readers differ on which of two members of one name counts (RFC 8259 section 4).
    static func refuseTwins(among names: [String]) throws {
        guard Set(names).count == names.count else {
            throw IcebergError(.invalidJSON, "a name stands twice in an object")
        }
    }

    public var elements: [JSONText] {
        get throws {
            guard bytes.first == UInt8(ascii: "[") else { throw mismatch("an array") }
            var elements: [JSONText] = []
            walk { _, value in
                elements.append(value)
                return true
            }
            return elements
        }
    }

    /// An array with one more element; costs one copy of the bytes, however many elements there are.
    /// - Throws: `.invalidJSON` when this is no array.
    public func appending(_ element: JSONValue) throws -> JSONText {
        guard bytes.first == UInt8(ascii: "[") else { throw mismatch("an array") }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + 4096)  // growing would copy it all once more
        output += bytes[..<(bytes.endIndex - 1)]  // a slice: Sequence's dropLast() goes byte by byte
        while let last = output.last, last <= 0x20 { output.removeLast() }
        if output.count > 1 { output.append(UInt8(ascii: ",")) }
        element.write(to: &output)
        output.append(UInt8(ascii: "]"))
        return JSONText(checked: output[...])
    }

    /// Whether two string literals mean the same text; only escaped ones are decoded.
    func isSameString(as literal: JSONText) -> Bool {
        if bytes.elementsEqual(literal.bytes) { return true }
        guard bytes.contains(UInt8(ascii: "\\")), let text = try? string, let other = try? literal.string
        else {
            return false
        }
        return text.utf8.elementsEqual(other.utf8)
    }

    /// Visits the items of an object or array in order (arrays have no keys) until `visit` returns false.
    func walk(_ visit: (_ key: JSONText?, _ value: JSONText) throws -> Bool) rethrows {
        let hasKeys = bytes.first == UInt8(ascii: "{")
        var index = 1
        while index < bytes.count {
            index = JSONGrammar.nextItem(in: bytes.span, from: index)
            guard index < bytes.count - 1 else { return }
            let key = hasKeys ? part(from: &index) : nil
            if hasKeys { index = JSONGrammar.nextItem(in: bytes.span, from: index) }
            guard try visit(key, part(from: &index)) else { return }
        }
    }

    private func part(from index: inout Int) -> JSONText {
        let start = bytes.startIndex + index
        index = JSONGrammar.endOfValue(in: bytes.span, from: index)
        return JSONText(checked: bytes[start..<bytes.startIndex + index])
    }

    func mismatch(_ expected: String) -> IcebergError {
        let found = String(decoding: bytes.prefix(40), as: UTF8.self)
        return IcebergError(.invalidJSON, "expected \(expected)", context: ["found": found])
    }
}

extension JSONText: JSONKeyed {
    /// Walks the object anew for every question (`JSONObject` walks once); nil also when this is no object.
    public subscript(key: String) -> JSONText? {
        guard bytes.first == UInt8(ascii: "{") else { return nil }
        let literal = JSONText(.string(key))
        var found: JSONText?
        walk { candidate, value in
            if let candidate, candidate.isSameString(as: literal) { found = value }
            return found == nil
        }
        return found
    }
}

extension JSONText: CustomStringConvertible {
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
