// What a reader must know of a run while it runs.
import OffloadCore

extension RunEvent {
    /// A line for people; nil for what the progress or the report tells anyway.
    func text(of table: String) -> String? {
        switch self {
        case .sweptStrays(let count):
            "\(table): removed what \(count.counted("interrupted window")) left behind\n"
        case .repaired(let reason): "\(table): mended the watermark: \(reason)\n"
        case .retrying(let error, let attempt):
            "\(table): try \(attempt) failed, trying again: \(error.message)\n"
        case .started, .planned, .committed, .heartbeat: nil
        }
    }
}
