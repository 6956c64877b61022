/// The members of one JSON object, found in one walk: for large objects that are asked for many of them.
public struct JSONObject: Sendable {
    private typealias Member = (name: String, key: JSONText, value: JSONText)

    public let text: JSONText
    /// Keys are the names as they stand in the text.
    private let members: [Member]

    /// - Throws: `.invalidJSON` when the text is no object, or one with a name that stands twice.
    public init(_ text: JSONText) throws {
        guard text.bytes.first == UInt8(ascii: "{") else { throw text.mismatch("an object") }
        var members: [Member] = []
        try text.walk { key, value in
            if let key { members.append((try key.string, key, value)) }
            return true
        }
        try JSONText.refuseTwins(among: members.map(\.name))
        self.text = text
        self.members = members
    }

    private init(checked text: JSONText, members: [Member]) {
        self.text = text
        self.members = members
    }

    /// The object with these members replaced in place, or added at the end in the given order when absent; the others are
    /// copied byte for byte. Costs one copy of the bytes; the new members are not looked for again.
    public func setting(_ changes: [(String, JSONValue)]) -> JSONObject {
        var pending = changes
        var output: [UInt8] = [UInt8(ascii: "{")]
        output.reserveCapacity(members.reduce(4096) { $0 + $1.key.bytes.count + $1.value.bytes.count })
        var places: [(name: String, key: Range<Int>, value: Range<Int>)] = []
        func write(_ name: String, _ key: JSONText, _ value: JSONValue) {
            if output.count > 1 { output.append(UInt8(ascii: ",")) }
            let keyStart = output.count
            output += key.bytes
            let keyEnd = output.count
            output.append(UInt8(ascii: ":"))
            let valueStart = output.count
            value.write(to: &output)
            places.append((name, keyStart..<keyEnd, valueStart..<output.count))
        }
        for (name, key, value) in members {
            if let index = pending.firstIndex(where: { $0.0 == name }) {
                write(name, key, pending.remove(at: index).1)
            } else {
                write(name, key, .raw(value))
            }
        }
        for (name, value) in pending { write(name, JSONText(.string(name)), value) }
        output.append(UInt8(ascii: "}"))
        return JSONObject(
            checked: JSONText(checked: output[...]),
            members: places.map {
                ($0.name, JSONText(checked: output[$0.key]), JSONText(checked: output[$0.value]))
            })
    }
}

extension JSONObject: JSONKeyed {
    public subscript(key: String) -> JSONText? { members.first { $0.name == key }?.value }
}
