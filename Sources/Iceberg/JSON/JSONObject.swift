/// The members of one JSON object, found in one walk: for large objects that are asked for many of them.
public struct JSONObject: Sendable {
    public let text: JSONText
    /// Keys are string literals as they stand in the text.
    private let members: [(key: JSONText, value: JSONText)]

    /// - Throws: `.invalidJSON` when the text is no object.
    public init(_ text: JSONText) throws {
        guard text.bytes.first == UInt8(ascii: "{") else { throw text.mismatch("an object") }
        var members: [(key: JSONText, value: JSONText)] = []
        text.walk { key, value in
            if let key { members.append((key, value)) }
            return true
        }
        self.text = text
        self.members = members
    }

    private init(checked text: JSONText, members: [(key: JSONText, value: JSONText)]) {
        self.text = text
        self.members = members
    }

    /// The object with these members replaced in place, or added at the end in the given order when absent; the others are
    /// copied byte for byte. Costs one copy of the bytes; the new members are not looked for again.
    public func setting(_ changes: [(String, JSONValue)]) -> JSONObject {
        var pending = changes.map { (key: JSONText(.string($0.0)), value: $0.1) }
        var output: [UInt8] = [UInt8(ascii: "{")]
        output.reserveCapacity(members.reduce(4096) { $0 + $1.key.bytes.count + $1.value.bytes.count })
        var places: [(key: Range<Int>, value: Range<Int>)] = []
        func write(_ key: JSONText, _ value: JSONValue) {
            if output.count > 1 { output.append(UInt8(ascii: ",")) }
            let keyStart = output.count
            output += key.bytes
            let keyEnd = output.count
            output.append(UInt8(ascii: ":"))
            let valueStart = output.count
            value.write(to: &output)
            places.append((keyStart..<keyEnd, valueStart..<output.count))
        }
        for (key, value) in members {
            if let index = pending.firstIndex(where: { key.isSameString(as: $0.key) }) {
                write(key, pending.remove(at: index).value)
            } else {
                write(key, .raw(value))
            }
        }
        for (key, value) in pending { write(key, value) }
        output.append(UInt8(ascii: "}"))
        return JSONObject(
            checked: JSONText(checked: output[...]),
            members: places.map { (JSONText(checked: output[$0.key]), JSONText(checked: output[$0.value])) })
    }
}

extension JSONObject: JSONKeyed {
    public subscript(key: String) -> JSONText? {
        let literal = JSONText(.string(key))
        return members.first { $0.key.isSameString(as: literal) }?.value
    }
}
