// Instants in UTC between text and ticks, exact to nine digits: Foundation knows the calendar, we keep the fraction.
import FoundationEssentials

/// Reading and writing instants whose fraction is finer than `Date` can hold.
enum CivilTime {
    /// `2026-01-01 00:00:00.123`, with exactly `digits` decimal places, as ClickHouse writes it.
    static func text(ticks: Int128, digits: Int) -> String {
        let (seconds, fraction) = floorDivide(ticks, power(digits))
        let whole = clock(seconds)
        guard digits > 0 else { return whole }
        let decimals = String(fraction)
        return whole + "." + String(repeating: "0", count: digits - decimals.count) + decimals
    }

    /// Reads `YYYY-MM-DD[ T]hh:mm:ss[.f…][Z]` or `YYYY-MM-DD`; nil for anything else, for a day that no calendar
    /// has, and for a fraction finer than the unit.
    static func ticks(of text: String, digits: Int) -> Int128? {
        let normal = text.replacing("T", with: " ")
        let parts = (normal.last == "Z" ? normal.dropLast() : normal[...])
            .split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first else { return nil }
        let whole = first.count == 10 && parts.count == 1 ? "\(first) 00:00:00" : String(first)
        // Foundation rolls 30 February over to March: only text that it would write itself is taken.
        guard let date = try? style.parse(whole + "Z"), case let seconds = Int128(date.timeIntervalSince1970),
            clock(seconds) == whole
        else { return nil }
        guard parts.count == 2 else { return seconds * power(digits) }
        let fraction = parts[1]
        guard !fraction.isEmpty, fraction.utf8.allSatisfy({ (48...57).contains($0) }),
            fraction.dropFirst(digits).allSatisfy({ $0 == "0" })
        else { return nil }
        let kept = fraction.prefix(digits)
        return seconds * power(digits) + (Int128(kept) ?? 0) * power(digits - kept.count)
    }

    /// The same instant in another unit, rounded down.
    static func rescale(_ ticks: Int128, from: Int, to: Int) -> Int128 {
        from <= to ? ticks * power(to - from) : floorDivide(ticks, power(from - to)).quotient
    }

    private static let style = Date.ISO8601FormatStyle(
        dateSeparator: .dash, dateTimeSeparator: .space, timeZone: .gmt)

    private static func clock(_ seconds: Int128) -> String {
        String(Date(timeIntervalSince1970: Double(seconds)).formatted(style).dropLast())
    }

    private static func power(_ digits: Int) -> Int128 {
        (0..<digits).reduce(1) { product, _ in product * 10 }
    }

    private static func floorDivide(_ value: Int128, _ divisor: Int128) -> (
        quotient: Int128, remainder: Int128
    ) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
