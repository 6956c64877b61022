/// The sections of the running service: its schedule, its metrics endpoint, its log.
struct ScheduleConfiguration: ConfigurationSection {
    /// Cycles begin at whole multiples of it since 1970, UTC.
    var interval = Duration.seconds(900)
    /// How far a window's upper end stays behind the clock.
    var settle = Duration.seconds(300)
    var parallelTables = 4
    var tableTimeout = Duration.seconds(600)
    var stopTimeout = Duration.seconds(90)

    static let fields: [Field<Self>] = [
        Field(
            "interval", \.interval, .duration(.seconds(1) ... .seconds(86_400)),
            "Time from the start of one cycle to the start of the next; cycles start at its multiples in UTC."
        ),
        Field(
            "settle", \.settle, .settle, "How long rows may arrive late: a window ends this far before now."),
        Field(
            "parallel_tables", \.parallelTables, .integer(1...64, "tables"),
            "How many tables are offloaded at once."),
        Field(
            "table_timeout", \.tableTimeout, .duration(.seconds(1) ... .seconds(86_400)),
            "How long one table may take in one cycle before it is stopped and left to the next."),
        Field(
            "stop_timeout", \.stopTimeout, .duration(.seconds(1) ... .seconds(3_600)),
            "How long a stop waits for tables in work; keep it below TimeoutStopSec of the unit."),
    ]
}

extension Codec where Value == Duration {
    static var settle: Codec { .duration(.zero ... .seconds(86_400)) }
}

struct MetricsConfiguration: ConfigurationSection {
    var listen = ListenAddress()
    /// The path of a web configuration; nil: plain HTTP for everybody who reaches `listen`.
    var webConfig: String?

    static let fields: [Field<Self>] = [
        Field("listen", \.listen, .listenAddress, "Where /metrics, /health, /ready and / are served."),
        Field(
            optional: "web_config", \.webConfig, .webConfig,
            "TLS, client certificates and passwords of this endpoint, in the format of Prometheus' exporters."
        ),
    ]
}

struct LogConfiguration: ConfigurationSection {
    enum Format: String, CaseIterable, Sendable {
        case text, json
    }

    /// The levels of swift-log.
    enum Level: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }

    var format = Format.text
    var level = Level.info

    static let fields: [Field<Self>] = [
        Field("format", \.format, .choice(), "Lines of text, or one JSON object per line."),
        Field("level", \.level, .choice(), "The least severe level that is logged."),
    ]
}
