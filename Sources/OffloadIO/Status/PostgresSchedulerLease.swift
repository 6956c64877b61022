// The scheduler's lease: a row beside those of the tables.
import OffloadCore
import Postgres

public struct PostgresSchedulerLease: SchedulerLease {
    private let client: PostgresClient
    private let leases: LeaseTable

    public init(client: PostgresClient, holder: Holder, life: Duration) {
        self.client = client
        leases = LeaseTable(holder: holder, life: life)
    }

    public func take() async throws -> SchedulerLeaseOffer {
        try await LedgerFailure.translated(nil) {
            switch try await leases.take(LeaseTable.scheduler, on: client) {
            case .taken(let token): .granted(token: token)
            case .held(let holder): .held(by: holder)
            }
        }
    }

    public func renew(token: Int64) async throws -> Bool {
        try await LedgerFailure.translated(nil) {
            try await leases.renew(LeaseTable.scheduler, token: token, on: client)
        }
    }

    public func release(token: Int64) async throws {
        try await LedgerFailure.translated(nil) {
            try await leases.release(LeaseTable.scheduler, token: token, on: client)
        }
    }
}
