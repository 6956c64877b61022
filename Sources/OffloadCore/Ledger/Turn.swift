// The right to move one table's rows, for as long as the lease lasts.

/// One process's turn at one table.
///
///     free --begin--> held --end--> free
///                      | lease lapses, another process begins: its token is higher
///                      v
///                     lost: every later write with the old token is refused
public struct Turn: Sendable {
    public let table: String
    /// Grows with every turn at the table; every write of the turn carries it (a fencing token).
    public let token: Int64
    public let watermark: Watermark
    /// Batches that earlier turns opened and never committed; nothing can commit them any more.
    public let strays: [BatchTrace]

    public init(table: String, token: Int64, watermark: Watermark, strays: [BatchTrace]) {
        self.table = table
        self.token = token
        self.watermark = watermark
        self.strays = strays
    }
}

/// The answer to a wish for a turn.
public enum TurnOffer: Sendable {
    case granted(Turn)
    /// Somebody else is at the table.
    case busy(holder: String)
}

/// How a turn ended, for the watermark's row.
public enum TurnResult: Sendable {
    /// `rowCount` rows were committed in this turn; zero is a success too.
    case success(rowCount: Int64, seconds: Double)
    case failure(message: String, rowCount: Int64, seconds: Double)
}
