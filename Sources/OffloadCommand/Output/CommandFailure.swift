// How a command ends badly: one line on standard error, a hint where there is one, and an exit code; no stack trace.
import ArgumentParser
import Foundation
import OffloadCore
import OffloadDaemon

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
    /// Prints what is wrong and ends the process; usage errors and `--help` are ArgumentParser's own.
    static func exit(_ error: any Error) -> Never {
        switch error {
        case let error as ConfigurationError:
            print(error.description, hint: error.hint)
            Foundation.exit(ExitStatus.configuration.rawValue)
        case let error as OffloadError:
            print(error)
            Foundation.exit(ExitStatus.failure.rawValue)
        case let error as DaemonError:
            print(error.message, hint: error.hint)
            Foundation.exit(ExitStatus.failure.rawValue)
        default:
            IcebergOffload.exit(withError: error)
        }
    }

    static func print(_ error: OffloadError) {
        print(error.description, hint: error.hint)
    }

    private static func print(_ message: String, hint: String?) {
        Standard.error.write("iceberg-offload: \(message)\n" + (hint.map { "hint: \($0)\n" } ?? ""))
    }

    /// Ends the command with exit code 1 if anything failed, after telling what.
    static func end(after failures: [OffloadError]) throws {
        for failure in failures { print(failure) }
        if !failures.isEmpty { throw ExitStatus.failure.code }
    }
}
