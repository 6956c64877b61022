/// How long a statement may go unanswered, as a value that decides and does nothing.

///     waiting --limit reached, or cancelled--> cancelling --grace over--> abandoned
///
/// Cancelling asks the server to stop and still waits for its answer; abandoned gives the connection up.
struct ReplyPatience {
    enum Action: Equatable {
        case wait(Duration)
        case askServerToCancel
        case abandon
    }

    enum Interruption {
        case cancelled, timedOut
    }

    /// How soon the answer to a cancel request must come.
    static let grace = Duration.seconds(1)

    /// Why the server was asked to cancel; nil while nothing is amiss.
    private(set) var interruption: Interruption?
    private var deadline: ContinuousClock.Instant

    init(limit: Duration, from now: ContinuousClock.Instant = .now) {
        deadline = now + limit
    }

    mutating func next(isCancelled: Bool, at now: ContinuousClock.Instant = .now) -> Action {
        if interruption == nil, isCancelled || now >= deadline {
            interruption = isCancelled ? .cancelled : .timedOut
            deadline = now + Self.grace
            return .askServerToCancel
        }
        return now < deadline ? .wait(deadline - now) : .abandon
    }
}
