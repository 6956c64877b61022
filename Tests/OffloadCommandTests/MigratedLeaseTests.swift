// A scheduler that starts before its PostgreSQL does.
import OffloadCore
import Synchronization
import Testing

@testable import OffloadCommand

/// A ledger that fails as it is told, and says how often it was asked to migrate.
private final class Ledger: Sendable {
    private let failures: Mutex<[OffloadError]>
    let migrationCount = Mutex(0)

    init(_ failures: [OffloadError]) {
        self.failures = Mutex(failures)
    }

    func migrate() throws {
        migrationCount.withLock { $0 += 1 }
        if let failure = failures.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw failure }
    }
}

private struct FreeLease: SchedulerLease {
    func take() -> SchedulerLeaseOffer { .granted(token: 1) }
    func renew(token: Int64) -> Bool { true }
    func release(token: Int64) {}
}

@Suite struct MigratedLeaseTests {
    private let away = OffloadError(.ledgerUnavailable, "connection refused", isRetryable: true)

    @Test func ledgerThatIsAwayIsMigratedBeforeTheFirstLease() async throws {
        let ledger = Ledger([away, away])
        let lease = MigratedLease(FreeLease()) { try ledger.migrate() }
        try await lease.prepare()
        await #expect(throws: OffloadError.self) { try await lease.take() }
        #expect(try await lease.take() == .granted(token: 1))
        #expect(try await lease.take() == .granted(token: 1))
        #expect(ledger.migrationCount.withLock(\.self) == 3)
    }

    @Test func ledgerThatRefusesUsEndsTheStart() async throws {
        let ledger = Ledger([OffloadError(.notMigrated, "the ledger has version 9")])
        await #expect(throws: OffloadError.self) {
            try await MigratedLease(FreeLease()) { try ledger.migrate() }.prepare()
        }
    }
}
