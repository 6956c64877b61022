// What happened in a trial: a digest of all of it, and the last events in words.
import OffloadCore
import Synchronization

/// Two runs of one seed must have the same digest: then a failure can be replayed.
final class Chronicle: Sendable {
    enum Event: Sendable {
        case call(DoorCall, process: String)
        case note(String)
    }

    private struct State {
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        var last: [(at: Duration, event: Event)] = []
        var next = 0

        /// FNV-1a, eight bytes at a time.
        mutating func mix(_ value: UInt64) {
            digest = (digest ^ value) &* 0x100_0000_01B3
            digest ^= digest >> 29
        }

        mutating func mix(_ text: String) {
            var text = text
            text.withUTF8 { bytes in
                for start in stride(from: 0, to: bytes.count, by: 8) {
                    var word: UInt64 = 0
                    for byte in bytes[start..<min(start + 8, bytes.count)] { word = word << 8 | UInt64(byte) }
                    mix(word)
                }
            }
        }

        mutating func mix(_ duration: Duration) {
            mix(UInt64(truncatingIfNeeded: duration.attoseconds))
            mix(UInt64(truncatingIfNeeded: duration.attoseconds >> 64))
        }
    }

    private static let capacity = 120

    private let clock: SimulatedClock
    private let echo: (@Sendable (String) -> Void)?
    private let state = Mutex(State())

    /// - Parameter echo: is given every event as a line; nil: nobody reads along.
    init(clock: SimulatedClock, echo: (@Sendable (String) -> Void)?) {
        self.clock = clock
        self.echo = echo
    }

    var digest: UInt64 { state.withLock { $0.digest } }

    /// The last events, oldest first.
    var lastLines: [String] {
        state.withLock { state in
            let oldest = state.last.count < Self.capacity ? 0 : state.next
            return (state.last[oldest...] + state.last[..<oldest]).map { Self.line($0.at, $0.event) }
        }
    }

    func note(_ call: DoorCall, of process: String) {
        note(.call(call, process: process)) { state in
            state.mix(call.name.rawValue)
            state.mix(call.moment.rawValue)
            state.mix(call.table)
            state.mix(process)
        }
    }

    func note(_ text: String) {
        note(.note(text)) { $0.mix(text) }
    }

    private func note(_ event: Event, _ mix: (inout State) -> Void) {
        let now = clock.now.offset
        state.withLock { state in
            state.mix(now)
            mix(&state)
            if state.last.count < Self.capacity {
                state.last.append((now, event))
            } else {
                state.last[state.next] = (now, event)
            }
            state.next = (state.next + 1) % Self.capacity
        }
        echo?(Self.line(now, event))
    }

    private static func line(_ at: Duration, _ event: Event) -> String {
        let at = "\(at.components.seconds).\(at.components.attoseconds / 1_000_000_000_000_000) s"
        return switch event {
        case .call(let call, let process): "\(at) \(process) \(call.name) \(call.moment) \(call.table)"
        case .note(let text): "\(at) * \(text)"
        }
    }
}
