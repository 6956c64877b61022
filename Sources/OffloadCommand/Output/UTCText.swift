// Instants for people and programs, always in UTC, whatever the host's time zone is.
import Foundation

/// An instant that is about to be printed.
struct UTCText {
    let microseconds: Int64

    /// `2026-01-01 00:15:00`
    var text: String {
        String(date.formatted(Self.style.dateTimeSeparator(.space)).dropLast())
    }

    /// `2026-01-01T00:15:00Z`
    var iso8601: String { date.formatted(Self.style) }

    private static let style = Date.ISO8601FormatStyle(timeZone: .gmt)

    private var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1e6) }
}
