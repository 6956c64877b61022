// The scheduler's lease in a ledger that is brought up to date first, even if PostgreSQL answers only later.
import OffloadCore

/// Takes the lease of another once its ledger has been migrated, and until then says why it has not.
actor MigratedLease: SchedulerLease {
    private let base: any SchedulerLease
    private let migrate: @Sendable () async throws -> Void
    private var isMigrated = false

    init(_ base: any SchedulerLease, migrate: @escaping @Sendable () async throws -> Void) {
        self.base = base
        self.migrate = migrate
    }

    /// Migrates now, if PostgreSQL answers.
    ///
    /// - Throws: what no waiting mends: a wrong password, a ledger that is newer than this program.
    func prepare() async throws {
        do {
            try await migrateOnce()
        } catch let error as OffloadError where error.isRetryable {
            // `take` tries again, and the scheduler tells everybody what it waits for.
        }
    }

    func take() async throws -> SchedulerLeaseOffer {
        try await migrateOnce()
        return try await base.take()
    }

    func renew(token: Int64) async throws -> Bool { try await base.renew(token: token) }

    func release(token: Int64) async throws { try await base.release(token: token) }

    private func migrateOnce() async throws {
        guard !isMigrated else { return }
        try await migrate()
        isMigrated = true
    }
}
