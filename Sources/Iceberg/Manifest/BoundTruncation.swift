/// Shortens long bounds, as `write.metadata.metrics.default` with `truncate(16)` asks (Java UnicodeUtil, BinaryUtil).
///
/// Only strings and binaries are cut: engines take the bounds of every other type, `fixed` too, for exact values.
public struct BoundTruncation: Hashable, Sendable {
    /// Code points of a string, bytes of a binary; at least one.
    public let length: Int

    /// Iceberg's own default, 16.
    public init(length: Int = 16) {
        precondition(length > 0)
        self.length = length
    }

    /// The value or its first part, which sorts no higher.
    public func lower(_ value: Literal) -> Literal {
        switch value {
        case .string(let text): .string(Self.text(text.unicodeScalars.prefix(length)))
        case .binary(let bytes): .binary(Array(bytes.prefix(length)))
        default: value
        }
    }

    /// The value, or something as short that sorts higher; nil when there is nothing, which means no bound.
    public func upper(_ value: Literal) -> Literal? {
        switch value {
        case .string(let text):
            guard text.unicodeScalars.count > length else { return value }
            return Self.raised(text.unicodeScalars.prefix(length), Self.successor).map {
                .string(Self.text($0))
            }
        case .binary(let bytes):
            guard bytes.count > length else { return value }
            return Self.raised(bytes.prefix(length)) { $0 < .max ? $0 + 1 : nil }.map { .binary($0) }
        default: return value
        }
    }

    /// The items up to the last that can be raised, with that one raised.
    private static func raised<Items: Sequence>(
        _ items: Items, _ successor: (Items.Element) -> Items.Element?
    ) -> [Items.Element]? {
        var items = Array(items)
        while let last = items.popLast() {
            if let next = successor(last) { return items + [next] }
        }
        return nil
    }

    /// The next code point; U+D7FF is followed by U+E000, for surrogates are no code points of UTF-8.
    private static func successor(of scalar: Unicode.Scalar) -> Unicode.Scalar? {
        Unicode.Scalar(scalar.value == 0xD7FF ? 0xE000 : scalar.value + 1)
    }

    private static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
