// The scheduler's lease in memory.
import OffloadCore

/// One process's view of the one lease; unless told otherwise it lives as long as a table's.
public struct SimulatedSchedulerLease: SchedulerLease {
    private static let name = "scheduler"

    private let world: SimulatedWorld
    private let process: String
    private let life: Duration

    public init(world: SimulatedWorld, process: String, life: Duration = SimulatedWorld.leaseLife) {
        self.world = world
        self.process = process
        self.life = life
    }

    public func take() async throws -> SchedulerLeaseOffer {
        world.withState { state in
            let taking = state.books.take(Self.name, holder: process, until: expiry, now: now)
            return taking.token.map { .granted(token: $0) } ?? .held(by: taking.holder)
        }
    }

    public func renew(token: Int64) async throws -> Bool {
        world.withState { $0.books.renew(Self.name, token: token, until: expiry, now: now) }
    }

    public func release(token: Int64) async throws {
        world.withState { _ = $0.books.release(Self.name, token: token) }
    }

    private var now: Duration { world.clock.now.offset }
    private var expiry: Duration { now + life }
}
