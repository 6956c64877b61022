// A call through a door, as whoever witnesses it gets to see it.

/// One moment of one call.
public struct DoorCall: Sendable, Hashable {
    public enum Name: String, Sendable, CaseIterable {
        case describe, survey, hasRows, histogram, split, copy, count, digest
        case openLake, draft, finish, abandon, content, remove
        case begin, renew, open, commit, receipt, strikeOff, observe, repair, end
        /// Calls of the warehouse's own door, inside of the lake's calls and of the commit.
        case getFile, putFile, listFiles, deleteFiles
    }

    public enum Moment: String, Sendable, CaseIterable {
        /// Nothing has happened yet: an error is a failure of the call, a pause makes it late.
        case before
        /// Inside a simulated commit, with the table's row locked, before it is decided.
        case within
        /// It has happened: an error takes the answer away.
        case after
    }

    public let name: Name
    public let moment: Moment
    /// `database.table`; empty where a call is about no single table.
    public let table: String

    public init(_ name: Name, _ moment: Moment, table: String = "") {
        self.name = name
        self.moment = moment
        self.table = table
    }
}

/// Is told of every moment of every call; may pause, end the process, change the world, or throw.
///
/// What it throws is the call's failure. A commit's outcome is unknown if that is `commitUnknown` or comes after it.
public typealias DoorWitness = @Sendable (DoorCall) async throws -> Void

/// Runs a call between its two moments.
public func witnessed<Output>(
    _ name: DoorCall.Name, _ table: String = "", by witness: DoorWitness,
    _ body: () async throws -> Output
) async throws -> Output {
    try await witness(DoorCall(name, .before, table: table))
    let output = try await body()
    try await witness(DoorCall(name, .after, table: table))
    return output
}
