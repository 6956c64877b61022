// Instants as people and machines read them, in UTC whatever the host's time zone.
import Glibc

/// An instant that is about to be printed.
public struct UTCTime: Sendable {
    /// Since 1970.
    public let microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// `2026-01-01 00:15:00 UTC`
    public var text: String { "\(date) \(time) UTC" }

    /// `2026-01-01T00:15:00.123Z`
    var iso8601: String { "\(date)T\(time).\(padded(Int32(remainder / 1000), to: 3))Z" }

    private var date: String {
        let parts = parts
        return "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
    }

    private var time: String {
        let parts = parts
        return "\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))"
    }

    private var remainder: Int64 {
        let rest = microseconds % 1_000_000
        return rest < 0 ? rest + 1_000_000 : rest
    }

    private var parts: tm {
        var seconds = time_t((microseconds - remainder) / 1_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return parts
    }

    private func padded(_ number: Int32, to width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
