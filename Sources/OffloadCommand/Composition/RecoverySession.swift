// One watermark set right by hand: look, decide, act under the table's lease, and tell all of it.
import Foundation
import Iceberg
import OffloadCore
import OffloadIO

struct RecoverySession {
    let definition: TableDefinition
    let deployment: Deployment
    /// `init`, `rewind` or `repair`.
    let verb: String
    let isDryRun: Bool
    let printsJSON: Bool

    /// What becomes of the facts: a change, or nil if there is nothing to change.
    typealias Decision = (_ facts: Recovery, _ microseconds: Int64) async throws -> Correction?

    /// - Throws: the refusal, after everything that was looked at is printed; exit code 3 if another process is at the table.
    func run(_ decide: Decision) async throws {
        if isDryRun { return try await look(in: nil, decide) }
        switch try await deployment.ledger.hold(definition) {
        case .busy(let holder):
            CommandFailure.print(
                OffloadError(
                    .commitConflict, "\(holder) is at the table; nothing was changed",
                    table: definition.source,
                    hint:
                        "wait until its turn ends, or stop it; `iceberg-offload status` tells whether it still is"
                ))
            throw ExitStatus.unknown.code
        case .granted(let turn):
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await look(in: turn, decide))
            } catch {
                outcome = .failure(error)
            }
            // If that fails, the lease lapses, or is taken from a process that has ended.
            try? await deployment.ledger.release(turn)
            try outcome.get()
        }
    }

    private func look(in turn: Turn?, _ decide: Decision) async throws {
        let description = try await deployment.source.describe([definition])
        let facts = try await facts(of: try description.table(definition.source))
        var report = RecoveryReport(verb: verb, facts: facts, isDryRun: isDryRun)
        if !printsJSON { Standard.output.write(report.factText) }
        do {
            let now = min(Deployment.now(), description.microseconds)
            report.correction = try await decide(facts, now)
            if let turn, let correction = report.correction {
                try await deployment.ledger.apply(
                    correction, to: definition, reason: "\(verb) by \(Self.actor): \(correction.reason)",
                    in: turn)
            }
        } catch {
            if printsJSON {
                Standard.output.write(JSONOutput.text(report.json(.wrapping(error, table: facts.table.name))))
            }
            throw error
        }
        Standard.output.write(printsJSON ? JSONOutput.text(report.json(nil)) : report.outcomeText)
    }

    /// The ledger first: a window that is committed in between is then unknown, and the change refused.
    private func facts(of table: SourceTable) async throws -> Recovery {
        let reader = LedgerReader(client: deployment.postgres)
        return Recovery(
            table, watermark: try await reader.watermark(of: table.name),
            windows: try await reader.windows(of: table.name),
            lake: try await deployment.lake.evidence(of: table),
            rivals: try await reader.rivals(of: definition), source: deployment.source)
    }

    /// Who types; behind sudo, who typed sudo.
    private static var actor: String {
        let name = ProcessInfo.processInfo.environment["SUDO_USER"] ?? NSUserName()
        return "\(name)@\(Holder.current.host)"
    }
}
