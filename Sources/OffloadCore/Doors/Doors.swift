// The doors of one process, and its clocks.

/// Everything a run reaches the world through.
public struct Doors: Sendable {
    public let source: any Source
    public let lake: any Lake
    public let ledger: any Ledger
    /// Measures pauses and time limits.
    public let clock: any Clock<Duration>
    /// The wall clock, microseconds since 1970.
    public let now: @Sendable () -> Int64

    public init(
        source: any Source, lake: any Lake, ledger: any Ledger,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Int64
    ) {
        self.source = source
        self.lake = lake
        self.ledger = ledger
        self.clock = clock
        self.now = now
    }
}
