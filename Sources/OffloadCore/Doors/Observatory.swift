// The door for whoever looks on: status, health, gauges and the record of cycles.

/// Reads where tables stand and keeps the record of cycles. Every call throws `OffloadError`.
public protocol Observatory: Sendable {
    /// The tables in the order of `definitions`. A source that does not answer leaves its facts nil.
    func tables(_ definitions: [TableDefinition]) async throws -> [TableStatus]

    /// The newest cycles first.
    func cycles(newest count: Int) async throws -> [CycleRecord]

    func record(_ report: CycleReport) async throws

    /// How many bytes the warehouse still takes; nil where there is no such limit.
    func freeSpace() async throws -> Int64?
}

/// The one lease that lets a scheduler run while others stand by. Every call throws `OffloadError`.
public protocol SchedulerLease: Sendable {
    /// A token, or who else holds it.
    func take() async throws -> SchedulerLeaseOffer
    /// False: it is lost.
    func renew(token: Int64) async throws -> Bool
    func release(token: Int64) async throws
}

/// The answer to a wish for the scheduler's lease.
public enum SchedulerLeaseOffer: Sendable, Equatable {
    case granted(token: Int64)
    case held(by: String)
}
