// The name of one attempt to move one window.
import FoundationEssentials

/// A batch's name: a fresh UUID per attempt, in the ledger, in the names of its files and in its snapshot's summary.
public struct BatchID: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) {
        self.text = text.lowercased()
    }

    public static func fresh() -> BatchID {
        BatchID(UUID.fresh().uuidString)
    }

    /// The batch in the name of a data file of ours (`LakeTable.dataFileLocation`); nil for another writer's.
    public init?(ofDataFileAt location: String) {
        let name = location[
            (location.lastIndex(of: "/").map { location.index(after: $0) } ?? location.startIndex)...]
        guard name.utf8.count > 36, let uuid = UUID(uuidString: String(name.prefix(36))) else { return nil }
        self.init(uuid.uuidString)
    }

    public var description: String { text }
}
