// Failpoints: a build for proofs ends, stops or fails at the call that its environment names. Release builds have none.
import Foundation
import OffloadCore
import Synchronization

/// `OFFLOAD_FAILPOINT=<call>:<moment>:<n>=<action>`, for instance `commit:after:1=kill`: what happens at the n-th such
/// call of the process; several are parted by commas. Among them `trace` writes each call down on standard error.
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
                let table = call.table.isEmpty ? nil : call.table
                switch self {
                case .kill: Foundation.kill(getpid(), SIGKILL)
                // To this thread: another one might take the process's signal while this one still goes on.
                case .stop: raise(SIGSTOP)
                case .error:
                    throw OffloadError(.internalFault, "failpoint", table: table)
                case .unknown where call.name == .commit:
                    throw OffloadError(.commitUnknown, "failpoint", table: table)
                case .unknown:
                    throw OffloadError(.ledgerUnavailable, "failpoint", table: table, isRetryable: true)
                }
            }
        }

        private static func witness(of setting: String) -> DoorWitness {
            let orders = setting.split(separator: ",").map { $0.split(separator: "=", maxSplits: 1) }
            let actions = orders.filter { $0.count == 2 }
            let isTracing = orders.contains(["trace"])
            let counts = Mutex<[String: Int]>([:])
            return { call in
                let moment = "\(call.name):\(call.moment)"
                let number = counts.withLock { counts in
                    counts[moment, default: 0] += 1
                    return counts[moment, default: 0]
                }
                if isTracing {
                    FileHandle.standardError.write(Data("failpoint \(moment):\(number)\n".utf8))
                }
                for order in actions where order[0] == "\(moment):\(number)" {
                    guard let action = Action(rawValue: String(order[1])) else {
                        throw OffloadError(.internalFault, "OFFLOAD_FAILPOINT names no action: \(order[1])")
                    }
                    try action.perform(at: call)
                }
            }
        }
    }
#endif
