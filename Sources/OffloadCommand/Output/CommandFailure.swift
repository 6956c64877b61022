// How a command ends badly: one line on standard error, a hint where there is one, and an exit code; no stack trace.
import ArgumentParser
import Foundation
import OffloadCore

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
            Standard.error.write("iceberg-offload: \(error.description)\nhint: \(error.hint)\n")
            Foundation.exit(ExitStatus.configuration.rawValue)
        case let error as OffloadError:
            print(error)
            Foundation.exit(ExitStatus.failure.rawValue)
        default:
            IcebergOffload.exit(withError: error)
        }
    }

    static func print(_ error: OffloadError) {
        let hint = error.hint.map { "hint: \($0)\n" } ?? ""
        Standard.error.write("iceberg-offload: \(error.description)\n\(hint)")
    }
}
