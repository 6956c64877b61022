// What may go wrong in one seed, and how often: some kinds are off in some seeds, so that rare ones meet (swarm testing).
import OffloadCore

/// Draws the faults of calls. A value: same seed, same faults for the same calls.
struct Weather: Sendable {
    enum Kind: Int, Sendable, CaseIterable {
        case error, lostReply, delay, pause, crash, restart, clockJump, deed
    }

    enum Fault: Sendable {
        /// The call fails before it has done anything, or, at `after`, its answer is lost; a ledger may be away for
        /// longer.
        case error(OffloadError, outage: Duration)
        /// This call alone takes long.
        case delay(Duration)
        /// The whole process stands still, as under SIGSTOP.
        case pause(Duration)
        /// The process is gone, as after `kill -9`.
        case crash
        /// The process is told to stop, and begins again later.
        case restart
        /// The process's wall clock is set, to so many microseconds from the true time.
        case clockJump(Int64)
        /// The next copy leaves out the last rows.
        case shortCopy(Int)
        /// Somebody else does something at this very moment.
        case deed
    }

    /// Once in so many moments of calls.
    private static let rarities = [300, 1_500, 8_000]
    private static let moments = 1 << 20
    /// Most calls find nothing to move: those that move a window fail so many times as often.
    private static let windowWeight = 8

    private var lots: SimulatedLots
    /// By kind, in `moments`; 0: never in this seed.
    private let chances: [Int]
    private let total: Int
    /// How many copies there are to one that is cut short; nil: none is.
    private let shortCopyRarity: Int?
    private(set) var shortCopyCount = 0
    private(set) var counts = [Int](repeating: 0, count: Kind.allCases.count)
    private var isCalm = false

    init(seed: UInt64) {
        var lots = SimulatedLots(seed: seed ^ 0x57E4_7E4E)
        chances = Kind.allCases.map { _ in
            Bool.random(using: &lots) ? Self.moments / (Self.rarities.randomElement(using: &lots) ?? 1) : 0
        }
        total = chances.reduce(0, +)
        shortCopyRarity = Bool.random(using: &lots) ? [10, 100].drawn(&lots) : nil
        self.lots = lots
    }

    func isOn(_ kind: Kind) -> Bool { chances[kind.rawValue] > 0 }
    var faultCount: Int { counts.reduce(0, +) - counts[Kind.deed.rawValue] }

    /// From now on nothing goes wrong.
    mutating func calm() {
        isCalm = true
    }

    mutating func fault(at call: DoorCall) -> Fault? {
        guard !isCalm else { return nil }
        if let count = shortCopy(at: call) { return .shortCopy(count) }
        var lot = Int(lots.next() & UInt64(Self.moments - 1))
        if Self.isOfWindow(call.name) { lot /= Self.windowWeight }
        guard lot < total else { return nil }
        for kind in Kind.allCases {
            lot -= chances[kind.rawValue]
            guard lot < 0 else { continue }
            guard let fault = fault(kind, at: call) else { return nil }
            counts[kind.rawValue] += 1
            return fault
        }
        return nil
    }

    private static func isOfWindow(_ name: DoorCall.Name) -> Bool {
        switch name {
        case .describe, .begin, .renew, .survey, .hasRows, .observe, .end: false
        default: true
        }
    }

    /// How many rows a copy is to leave out; nil: none.
    private mutating func shortCopy(at call: DoorCall) -> Int? {
        guard let shortCopyRarity, call.name == .copy, call.moment == .before,
            Int.random(in: 0..<shortCopyRarity, using: &lots) == 0
        else { return nil }
        shortCopyCount += 1
        return Int.random(in: 1...2, using: &lots)
    }

    private mutating func fault(_ kind: Kind, at call: DoorCall) -> Fault? {
        switch kind {
        case .error: call.moment == .after ? nil : .error(failure(of: call), outage: outage(at: call))
        case .lostReply: call.moment == .after ? .error(failure(of: call), outage: outage(at: call)) : nil
        case .delay: .delay(.seconds(Int64.random(in: 1...120, using: &lots)))
        case .pause: .pause(.seconds(Int64.random(in: 30...900, using: &lots)))
        case .crash: .crash
        case .restart: .restart
        case .clockJump: .clockJump(Int64.random(in: -7_200_000_000...7_200_000_000, using: &lots))
        case .deed: .deed
        }
    }

    /// Some failures of the ledger last.
    private mutating func outage(at call: DoorCall) -> Duration {
        guard call.name.isOfLedger, Bool.random(using: &lots) else { return .zero }
        return .seconds(Int64.random(in: 1...60, using: &lots))
    }

    private mutating func failure(of call: DoorCall) -> OffloadError {
        let isRetryable = Bool.random(using: &lots)
        let code: OffloadError.Code =
            switch call.name {
            case .describe, .survey, .hasRows, .histogram, .split, .copy, .count: .sourceUnavailable
            case .openLake, .draft, .finish, .abandon, .remove, .getFile, .putFile, .listFiles, .deleteFiles:
                .lakeUnavailable
            case .commit: isRetryable ? .commitUnknown : .ledgerUnavailable
            default: .ledgerUnavailable
            }
        return OffloadError(code, "a fault of the trial", isRetryable: isRetryable)
    }
}

extension DoorCall.Name {
    var isOfLedger: Bool {
        switch self {
        case .begin, .renew, .open, .commit, .receipt, .strikeOff, .observe, .repair, .end: true
        default: false
        }
    }
}
