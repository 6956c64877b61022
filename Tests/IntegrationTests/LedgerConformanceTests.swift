// The ledger in PostgreSQL keeps every promise that the one in memory keeps.
import OffloadCore
import OffloadIO
import OffloadSimulation
import Postgres
import Testing

@Suite struct LedgerConformanceTests {
    @Test(arguments: LedgerPromise.all)
    func ledgerInPostgreSQLKeeps(_ promise: LedgerPromise) async throws {
        try await Stage.run { stage in
            let holders = (Holder(host: "first", processID: 1), Holder(host: "second", processID: 1))
            let first = try Offloader(on: stage, holder: holders.0).doors
            let second = try Offloader(on: stage, holder: holders.1).doors
            let scheduler = { holder in
                PostgresSchedulerLease(client: stage.postgres, holder: holder, life: .seconds(60))
            }
            try await promise.check(
                on: LedgerStand(
                    ledger: first.ledger, rival: second.ledger, lake: first.lake,
                    scheduler: scheduler(holders.0), rivalScheduler: scheduler(holders.1)
                ) { duration in
                    // What lies in the past is moved further back: for the server that is time passing.
                    let past = PostgresValue.double(duration.inSeconds)
                    _ = try await stage.postgres.query(
                        "UPDATE offload_leases SET expires_at = expires_at - $1 * interval '1 second'", [past]
                    )
                    _ = try await stage.postgres.query(
                        "UPDATE offload_watermarks SET observed_at = observed_at - $1 * interval '1 second'",
                        [past])
                })
        }
    }
}
