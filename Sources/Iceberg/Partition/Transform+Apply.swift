/// The arithmetic of the partition transforms.
extension Transform {
    /// The result for a value that is not null; nil where the result is null (`void`) and for values of a type that
    /// `resultType(for:)` refuses.
    public func apply(_ value: Literal) -> Literal? {
        switch self {
        case .identity: value
        case .year: value.civilDate.flatMap { Int32(exactly: $0.yearsSinceEpoch) }.map(Literal.int)
        case .month: value.civilDate.flatMap { Int32(exactly: $0.monthsSinceEpoch) }.map(Literal.int)
        case .day: value.daysSinceEpoch.flatMap { Int32(exactly: $0) }.map(Literal.date)
        case .hour: value.hoursSinceEpoch.flatMap { Int32(exactly: $0) }.map(Literal.int)
        case .bucket(let count): value.bucketHash.map { .int(Self.bucket(of: $0, count: count)) }
        case .truncate(let width): value.truncated(to: width)
        case .void, .unknown: nil
        }
    }

    /// Spec: `(hash & Integer.MAX_VALUE) % N`.
    private static func bucket(of hash: Int32, count: Int) -> Int32 {
        Int32(Int(hash & Int32.max) % count)
    }

    /// The result as people read it and as Java spells it in paths: `2026`, `2026-01`, `2026-01-01-03`.
    func text(of result: Literal?) -> String {
        guard let result else { return "null" }
        switch (self, result) {
        case (.year, .int(let years)): return (1970 + Int(years)).padded(to: 4)
        case (.month, .int(let months)):
            let (years, month) = Int(months).flooringDivision(by: 12)
            return "\((1970 + years).padded(to: 4))-\((month + 1).padded(to: 2))"
        // The spec's own type for day is int.
        case (.day, .int(let days)): return Literal.date(days).description
        case (.hour, .int(let hours)):
            let (days, hour) = Int(hours).flooringDivision(by: 24)
            return "\(CivilDate(daysSinceEpoch: days))-\(hour.padded(to: 2))"
        default: return result.description
        }
    }
}

extension Literal {
    fileprivate var daysSinceEpoch: Int64? {
        switch self {
        case .date(let days): Int64(days)
        case .timestamp(let microseconds), .timestamptz(let microseconds):
            microseconds.flooringDivision(by: CivilDate.microsecondsPerDay).quotient
        default: nil
        }
    }

    fileprivate var civilDate: CivilDate? {
        daysSinceEpoch.map { CivilDate(daysSinceEpoch: Int($0)) }
    }

    fileprivate var hoursSinceEpoch: Int64? {
        switch self {
        case .timestamp(let microseconds), .timestamptz(let microseconds):
            microseconds.flooringDivision(by: CivilDate.microsecondsPerHour).quotient
        default: nil
        }
    }

    /// Spec appendix B, "32-bit Hash Requirements"; nil for the types that have no hash.
    var bucketHash: Int32? {
        switch self {
        // An int hashes as the long of the same value, so that the promotion keeps the bucket.
        case .int(let value), .date(let value): Murmur3.hash(Literal.long(Int64(value)).encoded)
        case .long, .time, .timestamp, .timestamptz, .decimal, .string, .uuid, .fixed, .binary:
            Murmur3.hash(encoded)
        case .boolean, .float, .double: nil
        }
    }

    fileprivate func truncated(to width: Int) -> Literal? {
        switch self {
        case .int(let value): .int(Self.steppedDown(value, by: width))
        case .long(let value): .long(Self.steppedDown(value, by: width))
        case .decimal(let unscaled, let scale):
            .decimal(unscaled: Self.steppedDown(unscaled, by: width), scale: scale)
        case .string(let value): .string(String(String.UnicodeScalarView(value.unicodeScalars.prefix(width))))
        case .binary(let bytes): .binary(Array(bytes.prefix(width)))
        default: nil
        }
    }

    /// Spec: `v - (((v % W) + W) % W)`; the subtraction wraps below the type's minimum, as it does in Java.
    private static func steppedDown<Integer: FixedWidthInteger>(_ value: Integer, by width: Int) -> Integer {
        let remainder = Int128(value).flooringDivision(by: Int128(width)).remainder
        return value &- Integer(truncatingIfNeeded: remainder)
    }
}
