// A call through a door, as whoever disturbs the world gets to see it.

/// One moment of one call: what a disturbance is told.
public struct DoorCall: Sendable, Hashable {
    public enum Name: String, Sendable, CaseIterable {
        case describe, survey, hasRows, histogram, split, copy, count, digest
        case openLake, draft, finish, content, remove
        case begin, renew, open, commit, receipt, strikeOff, observe, repair, end
    }

    public enum Moment: Sendable {
        /// Nothing has happened yet: an error is a failure of the call, a pause makes it late.
        case before
        /// Inside a commit, with the table's row locked, before it is decided.
        case within
        /// It has happened: an error takes the answer away.
        case after
    }

    public let name: Name
    public let moment: Moment
    /// `database.table`; empty where a call is about no single table.
    public let table: String
    /// Who calls.
    public let process: String
}

/// Is told of every moment of every call; may pause, move the clock, change the world, or throw.
///
/// What it throws is the call's failure. A commit's outcome is unknown if that is `commitUnknown` or comes after it.
public typealias Disturbance = @Sendable (DoorCall) async throws -> Void
