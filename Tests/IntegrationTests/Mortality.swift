// A process that dies at a call of one's choice: nothing it does after that reaches the world.
import OffloadCore
import Synchronization

/// What becomes of a process at its `callNumber`-th call.
final class Mortality: Sendable {
    enum Fate: Sendable {
        /// It dies, and the call never arrives.
        case deathBeforeTheCall
        /// The call arrives, and the process dies before the reply.
        case deathAfterTheCall
        /// It sleeps while this happens, and goes on.
        case sleep(@Sendable () async throws -> Void)
    }
    struct Dead: Error {}

    private let callNumber: Int
    private let fate: Fate
    private let state = Mutex((callCount: 0, isDead: false))

    init(at callNumber: Int, _ fate: Fate) {
        self.callNumber = callNumber
        self.fate = fate
    }

    /// Whether the process lived to see that call.
    var hasStruck: Bool { state.withLock { $0.callCount >= callNumber } }

    /// Prolonging the lease goes on beside the other calls, so it is not counted.
    func witness(_ call: DoorCall) async throws {
        guard call.name != .renew, try strikes(call.moment) else { return }
        if case .sleep(let meanwhile) = fate { return try await meanwhile() }
        throw Dead()
    }

    private func strikes(_ moment: DoorCall.Moment) throws -> Bool {
        try state.withLock { state in
            guard !state.isDead else { throw Dead() }
            if moment == .before { state.callCount += 1 }
            guard state.callCount == callNumber else { return false }
            switch fate {
            case .sleep: return moment == .before
            case .deathBeforeTheCall: state.isDead = true
            case .deathAfterTheCall: state.isDead = moment == .after
            }
            return state.isDead
        }
    }
}
