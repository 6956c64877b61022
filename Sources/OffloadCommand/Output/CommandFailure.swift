// How a command ends badly: one line on standard error, a hint where there is one, and an exit code; no stack trace.
import ArgumentParser
import Foundation
import OffloadCore
import StatusServer

/// Exit codes that scripts and systemd units may rely on.
enum ExitStatus: Int32 {
    case failure = 1
    case critical = 2
    /// Nothing was done because another process is at the table, or nobody knows.
    case unknown = 3
    /// sysexits.h EX_CONFIG.
    case configuration = 78

    var code: ExitCode { ExitCode(rawValue) }
}

enum CommandFailure {
    /// Prints what is wrong and ends the process; errors of parsing and `--help` are ArgumentParser's own.
    static func exit(_ error: any Error) -> Never {
        switch error {
        case let error as ConfigurationError:
            print(error.description, hint: error.hint)
            leave(ExitStatus.configuration.rawValue)
        case let error as ValidationError:
            print(error.message, hint: nil)
            leave(ExitCode.validationFailure.rawValue)
        case let error as OffloadError:
            print(error)
            leave(ExitStatus.failure.rawValue)
        case let error as StatusServerError:
            print(error.message, hint: error.hint)
            leave(ExitStatus.failure.rawValue)
        case let code as ExitCode:
            leave(code.rawValue)
        default:
            IcebergOffload.exit(withError: error)
        }
    }

    /// Ends the process without exit handlers: OpenSSL's frees what the threads that close our last connections still
    /// use, and glibc then aborts a command that has succeeded. All that we print is written at once, see `Standard`.
    static func leave(_ status: Int32) -> Never {
        fflush(nil)
        _exit(status)
    }

    static func print(_ error: OffloadError) {
        print(error.description, hint: error.hint)
    }

    private static func print(_ message: String, hint: String?) {
        Standard.error.write(line(message, hint: hint))
    }

    /// Ends the command with exit code 1 if anything failed, after telling what: the same failure of many tables once.
    static func end(after failures: [OffloadError]) throws {
        guard !failures.isEmpty else { return }
        Standard.error.write(text(of: failures))
        throw ExitStatus.failure.code
    }

    static func text(of failures: [OffloadError]) -> String {
        var groups: [(error: OffloadError, tables: [String])] = []
        for failure in failures {
            let known = groups.firstIndex {
                $0.error.message == failure.message && $0.error.hint == failure.hint
            }
            let tables = failure.table.map { [$0] } ?? []
            if let known { groups[known].tables += tables } else { groups.append((failure, tables)) }
        }
        return groups.map { group in
            let names = group.tables.prefix(3).joined(separator: ", ")
            let more = group.tables.count > 3 ? " and \((group.tables.count - 3).grouped) more" : ""
            return line(
                names + more + (names.isEmpty ? "" : ": ") + group.error.message, hint: group.error.hint)
        }.joined()
    }

    private static func line(_ message: String, hint: String?) -> String {
        "iceberg-offload: \(message)\n" + (hint.map { "hint: \($0)\n" } ?? "")
    }
}
