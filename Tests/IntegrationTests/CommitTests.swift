// One commit per window, whatever happens to its reply and whoever else is at the table.
import OffloadCore
import OffloadIO
import Synchronization
import Testing

@Suite struct CommitTests {
    /// Every COMMIT of a cycle in turn loses its way to the server, or its reply.
    @Test(arguments: [false, true])
    func lostCommitIsResolvedByTheLedger(arrives: Bool) async throws {
        try await Stage.run { stage in
            for number in 1...12 {
                let table = try await stage.events(5, named: "events_\(number)")
                let proxy = try Interceptor.losingCommit(number: number, arrives: arrives)
                defer { proxy.stop() }
                let client = try Testbed.postgres(database: stage.name, port: proxy.port)
                _ = try await Offloader(on: stage, holder: Offloader.deadProcess, postgres: client).cycle([
                    table
                ])
                try await stage.addEvents(5..<7, to: table)
                try await stage.offload(table)
                try await stage.expectExactlyOnce(table)
            }
        }
    }

    /// The reply of the committing transaction itself is lost: the same cycle finds out and reports success.
    @Test func committedBatchWhoseReplyWasLostIsReportedAsCommitted() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(5)
            try await stage.offload(table)
            try await stage.addEvents(5..<9, to: table)
            // Of a later cycle's COMMITs, the first is the turn's begin, the second the intent, the third the commit.
            let proxy = try Interceptor.losingCommit(number: 3, arrives: true)
            defer { proxy.stop() }
            let client = try Testbed.postgres(database: stage.name, port: proxy.port)
            let reports = try await Offloader(on: stage, postgres: client).cycle([table])
            #expect(reports.first?.error == nil && reports.first?.tally.rowCount == 4)
            try await stage.expectExactlyOnce(table)
            #expect(try await stage.metadata(of: table).snapshotIDs.count == 2)
        }
    }

    /// "It never happened" is an answer only once nothing that could make it happen is on its way.
    @Test func questionForAReceiptWaitsForTheCommitOnItsWay() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(5)
            try await stage.offload(table)
            let batch = BatchID(try await stage.ledger("(SELECT batch_id FROM offload_batches)"))
            _ = try await stage.postgres.query("UPDATE offload_batches SET status = 'staged'")
            let ledger = try Offloader(on: stage).doors.ledger
            guard case .granted(let turn) = try await ledger.begin(table) else {
                Issue.record("the table is free")
                return
            }
            let question = try await stage.postgres.transaction { transaction in
                _ = try await transaction.query("SELECT 1 FROM offload_watermarks FOR UPDATE")
                _ = try await transaction.query("UPDATE offload_batches SET status = 'committed'")
                let isAnswered = Atomic(false)
                let question = Task {
                    defer { isAnswered.store(true, ordering: .releasing) }
                    return try await ledger.receipt(of: batch, in: turn)
                }
                let waiting =
                    "(SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
                    + "WHERE NOT granted AND datname = current_database())"
                while !isAnswered.load(ordering: .acquiring), try await stage.ledger(waiting) == "0" {}
                return question
            }
            #expect(try await question.value?.batch == batch)
        }
    }

    @Test func twoProcessesAtOneTableMoveEveryRowOnce() async throws {
        try await Stage.run { stage in
            var table = try await stage.events(200)
            table.rowCountMax = 20
            let definition = table
            let first = try Offloader(on: stage, holder: Holder(host: "one", processID: 1))
            let second = try Offloader(on: stage, holder: Holder(host: "two", processID: 2))
            async let one = first.cycle([definition])
            async let two = second.cycle([definition])
            let reports = await [one, two].flatMap { $0 }
            #expect(reports.allSatisfy { $0.error == nil })
            #expect(reports.reduce(0) { $0 + $1.tally.rowCount } == 200)
            try await stage.expectExactlyOnce(table)
        }
    }

    @Test func busyTableIsLeftAloneUntilItsLeaseLapses() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            let stranger = try Offloader(on: stage, holder: Holder(host: "elsewhere", processID: 7))
            guard case .granted = try await stranger.doors.ledger.begin(table) else {
                Issue.record("a new table is free")
                return
            }
            guard case .busy(let holder)? = try await stage.cycle(table).first?.result else {
                Issue.record("the table is held")
                return
            }
            #expect(holder == "elsewhere:7")
            _ = try await stage.postgres.query("UPDATE offload_leases SET expires_at = now()")
            try await stage.offload(table)
            try await stage.expectExactlyOnce(table)
        }
    }

    /// The first COMMIT of a turn takes the lease. When its reply is lost nobody has it, and the next turn of the same
    /// process does not wait for it to lapse.
    @Test func leaseWhoseGrantWasNeverHeardOfIsTakenAgain() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            let proxy = try Interceptor.losingCommit(number: 1, arrives: true)
            defer { proxy.stop() }
            let client = try Testbed.postgres(database: stage.name, port: proxy.port)
            let offloader = try Offloader(on: stage, postgres: client)
            #expect(await offloader.cycle([table]).first?.error?.code == .commitUnknown)
            #expect(await offloader.cycle([table]).first?.tally.rowCount == 3)
            try await stage.expectExactlyOnce(table)
        }
    }

    /// The last COMMIT of a turn gives the lease back. When it never arrives, the turn is over all the same.
    @Test func leaseThatWasNotGivenBackIsTakenAgain() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            try await stage.offload(table)
            // Of a cycle without new rows, the first COMMIT is the turn's begin, the second its end.
            let proxy = try Interceptor.losingCommit(number: 2, arrives: false)
            defer { proxy.stop() }
            let client = try Testbed.postgres(database: stage.name, port: proxy.port)
            let offloader = try Offloader(on: stage, postgres: client)
            #expect(await offloader.cycle([table]).first?.error != nil)
            try await stage.addEvents(3..<5, to: table)
            #expect(await offloader.cycle([table]).first?.tally.rowCount == 2)
            try await stage.expectExactlyOnce(table)
        }
    }

    @Test func oldTokenIsRefusedAtEveryWrite() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            let zombie = try Offloader(on: stage, holder: Offloader.deadProcess).doors.ledger
            guard case .granted(let turn) = try await zombie.begin(table) else {
                Issue.record("a new table is free")
                return
            }
            try await stage.offload(table)
            #expect(try await !zombie.renew(turn))
            let error = try await #require(throws: OffloadError.self) {
                try await zombie.observe(CursorValue(ticks: 1), in: turn)
            }
            #expect(error.code == .leaseLost)
            try await zombie.end(turn, .failure(message: "late", rowCount: 0, seconds: 0))
            #expect(try await stage.ledger("(SELECT status FROM offload_watermarks)") == "success")
        }
    }

    @Test func leaseOfADeadProcessOfThisHostIsTakenAtOnce() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            let dead = try Offloader(on: stage, holder: Offloader.deadProcess, leaseLife: .seconds(3600))
            _ = try await dead.doors.ledger.begin(table)
            #expect(try await stage.offload(table).tally.rowCount == 3)
        }
    }

    @Test func everyCommittedWindowIsInLedgerHistoryAndSnapshotSummary() async throws {
        try await Stage.run { stage in
            var table = try await stage.events(30)
            table.rowCountMax = 10
            table.sequence = "id"
            try await stage.offload(table)
            let windows = try await stage.ledger(
                "(SELECT count(*) FROM offload_batches WHERE status = 'committed')")
            let snapshots = try await stage.metadata(of: table).snapshotIDs.count
            #expect(windows == String(snapshots))
            #expect(try await stage.ledger("(SELECT count(*) FROM offload_watermark_history)") == windows)
            let sums =
                "(SELECT sum(row_count) FROM offload_files), "
                + "(SELECT last_offload_max_sequence FROM offload_watermarks)"
            #expect(try await stage.ledger(sums) == "30 29")
            let found = try await stage.pyiceberg(
                table,
                "print(sum(s.summary.operation.value == 'append' and bool(s.summary['offload.batch-id']) "
                    + "for s in table.snapshots()), table.current_snapshot().summary['total-records'])")
            #expect(found == "\(snapshots) 30")
        }
    }
}
