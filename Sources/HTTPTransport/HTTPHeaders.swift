/// The header fields of a request or a response, in order, with names that ignore case.

/// Several fields may have one name. The description shows names alone, since values may be secrets.
public struct HTTPHeaders: Sendable, Equatable {
    public struct Field: Sendable, Equatable {
        public let name: String
        public let value: String
    }

    public private(set) var fields: [Field] = []

    public init() {}

    public mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// The first value under this name; nil when there is none.
    public subscript(_ name: String) -> String? {
        all(name).first
    }

    /// Every value under this name, in the order they came.
    public func all(_ name: String) -> [String] {
        let wanted = name.lowercased()
        return fields.filter { $0.name.lowercased() == wanted }.map(\.value)
    }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements {
            append(name, value)
        }
    }
}

extension HTTPHeaders: CustomStringConvertible {
    public var description: String {
        fields.map(\.name).joined(separator: ", ")
    }
}
