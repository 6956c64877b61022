// The name of one attempt to move one window.
import FoundationEssentials

/// A batch's name: a fresh UUID per attempt, in the ledger, in the names of its files and in its snapshot's summary.
public struct BatchID: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) {
        self.text = text.lowercased()
    }

    public static func fresh() -> BatchID {
        BatchID(UUID().uuidString)
    }

    public var description: String { text }
}
