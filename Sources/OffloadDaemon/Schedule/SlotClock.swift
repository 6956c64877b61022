// When cycles are due: wall-clock multiples of the interval, the same on every host.

/// Arithmetic of slots, the whole multiples of an interval since 1970-01-01T00:00:00Z.
///
/// UTC knows no summer time, so no slot is ever doubled or left out by the calendar. All instants are microseconds
/// since 1970.
public struct SlotClock: Sendable, Hashable {
    private let interval: Int64

    /// - Parameter interval: the distance of two slots; less than a microsecond counts as one.
    public init(interval: Duration) {
        let (seconds, attoseconds) = interval.components
        self.interval = max(1, seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }

    /// The first slot later than an instant: one that lies exactly at a slot has that slot behind it.
    public func next(after instant: Int64) -> Int64 {
        (index(of: instant) + 1) * interval
    }

    /// Whether a slot lies in `(anchor, now]`.
    public func isDue(at now: Int64, after anchor: Int64) -> Bool {
        next(after: anchor) <= now
    }

    /// How many slots lie between two starts of a cycle and belong to neither.
    public func missedCount(from start: Int64, to next: Int64) -> Int {
        Int(max(0, index(of: next) - index(of: start) - 1))
    }

    /// The number of the slot at or before an instant.
    private func index(of instant: Int64) -> Int64 {
        let (quotient, remainder) = instant.quotientAndRemainder(dividingBy: interval)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
