// The coarse words that failures are counted under.
import OffloadCore

/// A label value of `offload_errors_total`: few, and stable, whatever codes there are.
enum ErrorType: String, CaseIterable {
    case timeout
    case connection
    /// An earlier run died and left files behind.
    case crash
    case processError = "process_error"

    init(_ code: OffloadError.Code) {
        switch code {
        case .timedOut: self = .timeout
        case .sourceUnavailable, .ledgerUnavailable, .lakeUnavailable: self = .connection
        default: self = .processError
        }
    }
}
