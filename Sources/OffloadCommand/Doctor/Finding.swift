// What the doctor finds: one line for each thing that was looked at.
import Iceberg
import OffloadCore

/// The result of one check.
struct Finding: Hashable {
    enum Outcome: Int, Comparable {
        case ok, warning, failure

        static func < (left: Outcome, right: Outcome) -> Bool { left.rawValue < right.rawValue }
    }

    /// What was looked at: `clickhouse`, `table k2.trades`.
    let subject: String
    let outcome: Outcome
    let detail: String
    /// What to do about it.
    var hint: String?

    static func ok(_ subject: String, _ detail: String) -> Finding {
        Finding(subject: subject, outcome: .ok, detail: detail)
    }

    static func warning(_ subject: String, _ detail: String, hint: String?) -> Finding {
        Finding(subject: subject, outcome: .warning, detail: detail, hint: hint)
    }

    static func failure(_ subject: String, _ detail: String, hint: String?) -> Finding {
        Finding(subject: subject, outcome: .failure, detail: detail, hint: hint)
    }

    static func failure(_ subject: String, _ error: OffloadError) -> Finding {
        .failure(subject, error.message, hint: error.hint)
    }
}

/// Everything that was found, in the order it was looked at.
struct Diagnosis {
    private(set) var findings: [Finding] = []

    var outcome: Finding.Outcome { findings.map(\.outcome).max() ?? .ok }

    mutating func add(_ findings: [Finding]) { self.findings += findings }

    var text: String {
        let width = findings.map(\.subject.count).max() ?? 0
        var text = ""
        for finding in findings {
            let padding = String(repeating: " ", count: width - finding.subject.count)
            text += "\(finding.outcome.sign) \(finding.subject)\(padding)  \(finding.detail)\n"
            if let hint = finding.hint { text += "  hint: \(hint)\n" }
        }
        return text
    }

    var json: JSONValue {
        ["outcome": .string(outcome.name), "findings": .array(findings.map(\.json))]
    }
}

extension Finding {
    fileprivate var json: JSONValue {
        [
            "subject": .string(subject), "outcome": .string(outcome.name), "detail": .string(detail),
            "hint": .init(hint),
        ]
    }
}

extension Finding.Outcome {
    fileprivate var sign: String {
        switch self {
        case .ok: "✓"
        case .warning: "!"
        case .failure: "✗"
        }
    }

    fileprivate var name: String { String(describing: self) }
}
