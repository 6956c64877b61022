// The log's two forms: a line to read, or a JSON object to search.
import Logging

/// A swift-log backend that writes one line per event, whatever characters the event holds.
public struct LineLogHandler: LogHandler {
    public enum Format: String, Sendable, CaseIterable {
        /// `2026-01-01T00:15:00.123Z INFO message key=value`
        case text
        /// `{"time":"…","level":"info","logger":"…","message":"…","metadata":{…}}`
        case json
        /// As `text`, for systemd's journal, which keeps the time itself and takes the level from a `<6>` before it.
        case journal
    }

    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let format: Format
    private let output: LogOutput
    private let now: @Sendable () -> Int64

    /// - Parameter now: the wall clock, microseconds since 1970.
    public init(
        label: String, format: Format, level: Logger.Level, output: LogOutput = .standardError,
        now: @escaping @Sendable () -> Int64
    ) {
        self.label = label
        self.format = format
        self.logLevel = level
        self.output = output
        self.now = now
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var pairs = metadata
        for more in [metadataProvider?.get(), event.metadata, event.error.map { ["error": "\($0)"] }] {
            pairs.merge(more ?? [:]) { _, new in new }
        }
        let sorted = pairs.map { ($0.key, $0.value.description) }.sorted { $0.0 < $1.0 }
        let time = UTCTime(microseconds: now()).iso8601
        switch format {
        case .text: output.write("\(time) \(text(event, sorted))")
        case .json: output.write(json(event, at: time, sorted))
        case .journal: output.write("<\(event.level.priority)>\(text(event, sorted))")
        }
    }

    private func text(_ event: LogEvent, _ pairs: [(String, String)]) -> String {
        var line = "\(event.level.rawValue.uppercased()) \(Self.escaped("\(event.message)"))"
        for (key, value) in pairs {
            let isPlain = !value.isEmpty && !value.contains { $0 == " " || $0 == "\"" || $0 == "=" }
            let escaped = Self.escaped(value)
            line += " \(key)=" + (isPlain ? escaped : Self.quoted(value))
        }
        return line
    }

    private func json(_ event: LogEvent, at time: String, _ pairs: [(String, String)]) -> String {
        var line =
            "{\"time\":\"\(time)\",\"level\":\"\(event.level.rawValue)\",\"logger\":\(Self.quoted(label))"
        line += ",\"message\":\(Self.quoted("\(event.message)"))"
        if !pairs.isEmpty {
            let fields = pairs.map { "\(Self.quoted($0.0)):\(Self.quoted($0.1))" }
            line += ",\"metadata\":{\(fields.joined(separator: ","))}"
        }
        return line + "}"
    }

    /// A JSON string (RFC 8259, section 7).
    private static func quoted(_ text: String) -> String {
        "\"" + text.unicodeScalars.map { $0 == "\"" ? "\\\"" : $0 == "\\" ? "\\\\" : escaped($0) }.joined()
            + "\""
    }

    /// Nothing in a line may end it, or move a terminal's cursor.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map(escaped).joined()
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case _
        where scalar.properties.generalCategory == .control || scalar == "\u{2028}" || scalar == "\u{2029}":
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: return String(scalar)
        }
    }
}

extension Logger.Level {
    /// syslog's number for it (sd-daemon(3)).
    fileprivate var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
