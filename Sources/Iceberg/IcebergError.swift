/// Everything that can go wrong in this library: bytes that are not what they claim, and rules that a change would break.
public struct IcebergError: Error, Sendable {
    public enum Code: String, Sendable, Hashable {
        /// Bytes that are not JSON, or JSON of another shape than asked for.
        case invalidJSON
        /// Bytes that are not an Avro container file, or an Avro schema that does not fit.
        case invalidAvro
        /// A manifest or manifest list that breaks the Iceberg spec.
        case invalidManifest
        /// Table metadata that breaks the Iceberg spec.
        case invalidMetadata
        case invalidSchema
        case invalidPartition
        /// A value that does not fit its type.
        case invalidValue
        /// Legal Iceberg that this library does not write.
        case unsupported
        /// The table is not in the state that the change was made for.
        case conflict
    }

    public var code: Code
    /// What happened, in words without data or secrets.
    public var message: String
    /// Names and values that help to find the cause; only `debugDescription` shows them.
    public var context: [String: String]
    public var underlying: (any Error)?
    /// What to do next; nil when there is nothing better than the message.
    public var hint: String?

    public init(
        _ code: Code, _ message: String, context: [String: String] = [:], underlying: (any Error)? = nil,
        hint: String? = nil
    ) {
        self.code = code
        self.message = message
        self.context = context
        self.underlying = underlying
        self.hint = hint
    }

    /// True when the same change may succeed on a fresh read of the table.
    public var isRetryable: Bool { code == .conflict }

    func adding(_ key: String, _ value: String) -> IcebergError {
        var error = self
        error.context[key] = value
        return error
    }
}

extension IcebergError: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { "\(code.rawValue): \(message)" }

    public var debugDescription: String {
        var text = description
        for (key, value) in context.sorted(by: { $0.key < $1.key }) { text += " \(key)=\(value)" }
        if let underlying { text += " underlying=(\(String(reflecting: underlying)))" }
        if let hint { text += " hint=\(hint)" }
        return text
    }
}
