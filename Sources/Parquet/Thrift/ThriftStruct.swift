/// One Thrift struct: its fields in ascending order of id, with typed access that throws on a wrong type.

struct ThriftField: Equatable, Sendable {
    let id: Int16
    var value: ThriftValue
}

struct ThriftStruct: Equatable, Sendable {
    private(set) var fields: [ThriftField]

    /// `fields` must ascend by id.
    init(ascending fields: [ThriftField] = []) {
        self.fields = fields
    }

    /// A struct of one field, which is how Thrift writes a union.
    static func union(_ id: Int16, _ structure: ThriftStruct = ThriftStruct()) -> ThriftStruct {
        ThriftStruct(ascending: [ThriftField(id: id, value: .structure(structure))])
    }

    subscript(id: Int16) -> ThriftValue? {
        get { fields.first { $0.id == id }?.value }
        set {
            let index = fields.firstIndex { $0.id >= id } ?? fields.endIndex
            let isPresent = index < fields.endIndex && fields[index].id == id
            let replacement = newValue.map { [ThriftField(id: id, value: $0)] } ?? []
            fields.replaceSubrange(index..<(isPresent ? index + 1 : index), with: replacement)
        }
    }

    /// The field as `type`, nil if it is absent; throws if it is something else.
    func optional<T>(_ id: Int16, _ name: String, _ type: (ThriftValue) -> T?) throws -> T? {
        guard let value = self[id] else { return nil }
        guard let typed = type(value) else {
            throw ParquetError(.malformed, "a field of the footer has the wrong type", ["field": name])
        }
        return typed
    }

    func required<T>(_ id: Int16, _ name: String, _ type: (ThriftValue) -> T?) throws -> T {
        try Self.present(try optional(id, name, type), name)
    }

    /// The elements of a list field, each as `type`; nil if the field is absent.
    func optionalList<T>(_ id: Int16, _ name: String, of type: (ThriftValue) -> T?) throws -> [T]? {
        try optional(id, name, \.elements)?.map { element in
            guard let value = type(element) else {
                throw ParquetError(.malformed, "a list of the footer has the wrong type", ["field": name])
            }
            return value
        }
    }

    func requiredList<T>(_ id: Int16, _ name: String, of type: (ThriftValue) -> T?) throws -> [T] {
        try Self.present(try optionalList(id, name, of: type), name)
    }

    /// A count, size or offset, of which none may be negative.
    func optionalCount(_ id: Int16, _ name: String) throws -> Int64? {
        let count = try optional(id, name, \.int64)
        if let count, count < 0 {
            throw ParquetError(.malformed, "a count of the footer is negative", ["field": name])
        }
        return count
    }

    func requiredCount(_ id: Int16, _ name: String) throws -> Int64 {
        try Self.present(try optionalCount(id, name), name)
    }

    private static func present<T>(_ value: T?, _ name: String) throws -> T {
        guard let value else {
            throw ParquetError(.malformed, "a required field of the footer is missing", ["field": name])
        }
        return value
    }
}
