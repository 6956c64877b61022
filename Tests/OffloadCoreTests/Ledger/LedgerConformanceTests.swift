// The ledger in memory keeps every promise that the one in PostgreSQL keeps.
import OffloadCore
import OffloadSimulation
import Testing

@Suite struct LedgerConformanceTests {
    @Test(arguments: LedgerPromise.all)
    func ledgerInMemoryKeeps(_ promise: LedgerPromise) async throws {
        let world = SimulatedWorld()
        let (first, second) = (world.doors(of: "first:1"), world.doors(of: "second:1"))
        try await promise.check(
            on: LedgerStand(
                ledger: first.ledger, rival: second.ledger, lake: first.lake,
                scheduler: SimulatedSchedulerLease(world: world, process: "first:1"),
                rivalScheduler: SimulatedSchedulerLease(world: world, process: "second:1"),
                pass: { world.clock.advance(by: $0) }))
    }
}
