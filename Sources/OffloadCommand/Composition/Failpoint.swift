// Failpoints: a build for proofs ends, stops or fails at the call that its environment names. Release builds have none.
import Foundation
import OffloadCore
import Synchronization

/// `OFFLOAD_FAILPOINT=<call>:<moment>:<n>=<action>`, for instance `commit:after:1=kill`: what happens at the n-th such
/// call of the process. `OFFLOAD_FAILPOINT=trace` writes each one down on standard error instead.
enum Failpoint {
    /// Compiled in by a debug build, or by `-Xswiftc -DFAILPOINTS`; otherwise nil.
    static let witness: DoorWitness? = {
        #if DEBUG || FAILPOINTS
            ProcessInfo.processInfo.environment["OFFLOAD_FAILPOINT"].map(Self.witness(of:))
        #else
            nil
        #endif
    }()
}

#if DEBUG || FAILPOINTS
    extension Failpoint {
        enum Action: String {
            /// The process ends by SIGKILL.
            case kill
            /// The process stops by SIGSTOP and goes on after a SIGCONT.
            case stop
            /// The call fails for good.
            case error
            /// The call's answer is lost; of a commit nobody knows whether it happened.
            case unknown

            func perform(at call: DoorCall) throws {
                switch self {
                case .kill: Foundation.kill(getpid(), SIGKILL)
                case .stop: Foundation.kill(getpid(), SIGSTOP)
                case .error:
                    throw OffloadError(.internalFault, "failpoint", table: call.table)
                case .unknown where call.name == .commit:
                    throw OffloadError(.commitUnknown, "failpoint", table: call.table)
                case .unknown:
                    throw OffloadError(.ledgerUnavailable, "failpoint", table: call.table, isRetryable: true)
                }
            }
        }

        private static func witness(of setting: String) -> DoorWitness {
            let counts = Mutex<[String: Int]>([:])
            return { call in
                let moment = "\(call.name):\(call.moment)"
                let number = counts.withLock { counts in
                    counts[moment, default: 0] += 1
                    return counts[moment, default: 0]
                }
                if setting == "trace" {
                    FileHandle.standardError.write(Data("failpoint \(moment):\(number)\n".utf8))
                } else if setting.hasPrefix("\(moment):\(number)=") {
                    let name = setting.drop { $0 != "=" }.dropFirst()
                    guard let action = Action(rawValue: String(name)) else {
                        throw OffloadError(.internalFault, "OFFLOAD_FAILPOINT names no action: \(name)")
                    }
                    try action.perform(at: call)
                }
            }
        }
    }
#endif
