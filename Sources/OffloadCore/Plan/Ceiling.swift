// How far a plan may reach: rows must have settled, and the clocks must make sense.

/// The newest cursor value that may be offloaded now.
enum Ceiling: Sendable, Equatable {
    case through(CursorValue)
    /// There is no upper limit but the data's own end.
    case none
    /// An integer cursor has just been seen for the first time; it may be offloaded when it has settled.
    case settling

    /// For a time cursor: `now` less the settle time. For an integer, which tells no time: the highest value seen at
    /// least one settle time ago.
    ///
    /// - Parameter microseconds: the earlier of our clock and the source's, so that neither running ahead skips rows.
    static func decide(
        cursor: Cursor, settle: Duration, microseconds: Int64, observation: Watermark.Observation?
    ) -> Ceiling {
        if let value = cursor.value(atMicroseconds: microseconds - settle.microseconds) {
            return .through(value)
        }
        if settle == .zero { return .none }
        guard let observation, observation.age >= settle else { return .settling }
        return .through(observation.position)
    }

    /// The same, but not beyond a value written as the cursor's text; nil changes nothing.
    ///
    /// - Throws: `cursorUnfit` for text that is no value of the cursor.
    func lowered(to text: String?, for table: SourceTable) throws -> Ceiling {
        guard let text else { return self }
        guard let limit = table.cursor.value(of: text) else { throw Position.unreadable(text, for: table) }
        switch self {
        case .through(let value): return .through(min(value, limit))
        case .none: return .through(limit)
        case .settling: return .settling
        }
    }
}

extension Duration {
    /// Whole microseconds, rounded down.
    var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// Seconds with their fraction.
    public var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
