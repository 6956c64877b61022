// What a run tells whoever watches: logs, metrics and progress bars are made from these.

/// How long each step of one window took.
public struct StepDurations: Sendable, Hashable {
    public var stage: Duration = .zero
    public var verify: Duration = .zero
    public var commit: Duration = .zero

    public init() {}
}

/// Something that happened to one table during a turn.
public enum RunEvent: Sendable {
    case started(TableDefinition)
    /// A crashed turn's files were removed.
    case sweptStrays(count: Int)
    case repaired(reason: String)
    case planned(windowCount: Int, rowCount: Int64, duration: Duration)
    case committed(Window, CommitReceipt, Cursor, StepDurations)
    /// A window is tried once more.
    case retrying(OffloadError, attempt: Int)
    /// The turn is alive: its lease was prolonged.
    case heartbeat
}

/// Receives what happens; called in order for one table, from any thread.
public typealias RunObserver = @Sendable (_ table: String, _ event: RunEvent) -> Void
