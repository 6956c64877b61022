/// A password that prints as `***` wherever it turns up.
struct Secret: Equatable, Sendable {
    /// Where it came from, which may be shown.
    enum Origin: Equatable, Sendable {
        case environment(String)
        case file(String)
    }

    let origin: Origin
    private let value: String

    init(_ value: String, from origin: Origin) {
        self.value = value
        self.origin = origin
    }

    /// The password itself, for the line that sends it.
    func reveal() -> String { value }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "***" }
    var debugDescription: String { "***" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
