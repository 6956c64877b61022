// What `health` prints: the scheduler and every table, each with what is wrong with it.
import Iceberg
import OffloadCore
import OffloadDaemon

struct HealthReport {
    let health: Health
    /// All tables, also those with which all is well.
    let tables: [String]

    var text: String {
        let sections = [(nil, "scheduler")] + tables.map { (Optional($0), $0) }
        return health.level.name + "\n"
            + sections.map { table, title in
                let reasons = health.reasons.filter { $0.table == table }
                guard !reasons.isEmpty else { return "✓ \(title)\n" }
                return reasons.map { "\($0.level.sign) \(title): \($0.advice)\n" }.joined()
            }.joined()
    }

    var json: JSONValue {
        let reasons = health.reasons.map { reason -> JSONValue in
            [
                "level": .string(reason.level.name), "table": .init(reason.table),
                "message": .string(reason.message), "command": .string(reason.command),
            ]
        }
        return ["status": .string(health.level.name), "reasons": .array(reasons)]
    }

    static func unknown(_ error: OffloadError) -> JSONValue {
        ["status": "unknown", "error": error.json]
    }
}

extension Health.Reason {
    /// `Iceberg is 26 min behind …; see: iceberg-offload …`
    var advice: String { "\(message); see: \(command)" }
}

extension Health.Level {
    var sign: String {
        switch self {
        case .ok: "✓"
        case .warning: "!"
        case .critical: "✗"
        }
    }
}
