// What rows hold, as numbers that do not depend on their order: how many there are, and the sum of their hashes.

/// Some rows, counted and hashed.
///
/// A row's hash is made of its values under their Iceberg field ids. What is NULL, or an empty list or map, counts as
/// nothing, and so does a field that the row does not have: hashes stay true when columns are added or renamed.
public struct RowDigest: Sendable, Hashable {
    public var rowCount: Int64
    /// The wrapping sum of the rows' hashes, and not their XOR, under which doubled rows cancel out; nil: not known.
    public var contentHash: UInt64?

    public init(rowCount: Int64, contentHash: UInt64?) {
        self.rowCount = rowCount
        self.contentHash = contentHash
    }

    public static let nothing = RowDigest(rowCount: 0, contentHash: 0)

    public static func + (left: RowDigest, right: RowDigest) -> RowDigest {
        let hashes = left.contentHash.flatMap { left in right.contentHash.map { left &+ $0 } }
        return RowDigest(rowCount: left.rowCount + right.rowCount, contentHash: hashes)
    }
}

/// What the ledger keeps of a window's content.
public struct ContentReceipt: Sendable, Hashable {
    /// The wrapping sum of the rows' hashes.
    public let hash: UInt64
    /// The ids of the columns that went into it, ascending: only over these can it be computed again.
    public let fieldIDs: [Int32]

    public init(hash: UInt64, fieldIDs: [Int32]) {
        self.hash = hash
        self.fieldIDs = fieldIDs
    }
}
