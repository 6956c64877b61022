/// Something with members by name; reading them gives errors that say which.
public protocol JSONKeyed {
    /// The first member of that name; nil when there is none. A JSON null is a value.
    subscript(key: String) -> JSONText? { get }
}

extension JSONKeyed {
    /// The member read as `read` does; nil when it is absent or null.
    public func optional<Value>(_ key: String, _ read: (JSONText) throws -> Value) throws -> Value? {
        guard let value = self[key], !value.isNull else { return nil }
        do {
            return try read(value)
        } catch let error as IcebergError {
            throw error.context["member"] == nil ? error.adding("member", key) : error
        }
    }

    /// The member read as `read` does.
    /// - Throws: `.invalidJSON` when it is absent or null.
    public func required<Value>(_ key: String, _ read: (JSONText) throws -> Value) throws -> Value {
        guard let value = try optional(key, read) else {
            throw IcebergError(.invalidJSON, "the member '\(key)' is missing")
        }
        return value
    }

    public func string(_ key: String) throws -> String { try required(key) { try $0.string } }
    public func int64(_ key: String) throws -> Int64 { try required(key) { try $0.int64 } }
    public func int32(_ key: String) throws -> Int32 { try required(key) { try $0.int32 } }
    public func bool(_ key: String) throws -> Bool { try required(key) { try $0.bool } }
    public func elements(_ key: String) throws -> [JSONText] { try required(key) { try $0.elements } }
}
