// When cycles run, who runs them, and how it ends: all in virtual time.
import OffloadCore
import Testing

@testable import OffloadDaemon

@Suite struct SchedulerTests {
    @Test func firstCycleRunsAtOnceAndTheOthersAtSlots() async throws {
        let stage = try Rehearsal()
        try await stage.play { await $0.clock.run(until: 1400, sleepers: 2) }
        #expect(
            stage.journal.entries("begins") == ["0 cycle begins", "480 cycle begins", "1380 cycle begins"])
        #expect(stage.observatory.state.withLock { $0.recorded.count } == 3)
        #expect(
            stage.journal.entries("Next run") == [
                "0 log INFO Next run scheduled at: 2026-01-01 12:15:00 UTC",
                "480 log INFO Next run scheduled at: 2026-01-01 12:30:00 UTC",
                "1380 log INFO Next run scheduled at: 2026-01-01 12:45:00 UTC",
            ])
    }

    @Test func overrunningCycleSkipsSlotsAndCountsThem() async throws {
        let stage = try Rehearsal(cycleSeconds: [1860])
        try await stage.play { await $0.clock.run(until: 2300, sleepers: 2) }
        #expect(
            stage.journal.cycles == [
                "0 cycle begins", "1860 cycle ends", "2280 cycle begins", "2280 cycle ends",
            ])
        #expect(
            stage.onlookers.metrics.registry.render().contains(
                "offload_cycles_skipped_total{reason=\"overrun\"} 2\n"))
    }

    @Test func standbyTakesOverOnceTheLeaseIsFree() async throws {
        let stage = try Rehearsal { journal in
            ScriptedLease(journal, offers: [.held(by: "a:1"), .held(by: "a:1"), nil, nil, .held(by: "b:2")])
        }
        try await stage.play { stage in
            await stage.clock.run(until: 24, sleepers: 1)
            #expect(stage.onlookers.board.snapshot.phase == .standby(holder: "b:2"))
            stage.clock.jump(to: 25)
            await stage.clock.run(until: 26, sleepers: 2)
        }
        #expect(stage.journal.entries("begins") == ["25 cycle begins"])
        #expect(
            stage.journal.entries.filter { $0.contains("Standing by") || $0.contains("cannot be taken") } == [
                "0 log NOTICE Standing by: another scheduler is at work holder=a:1",
                "10 log WARNING The scheduler's lease cannot be taken: connection refused",
                "20 log NOTICE Standing by: another scheduler is at work holder=b:2",
            ])
    }

    @Test(arguments: [(false, Int64(30)), (nil, 60)])
    func lostLeaseStopsTheCycle(answer: Bool?, second: Int64) async throws {
        let stage = try Rehearsal(cycleSeconds: [5000]) { journal in
            ScriptedLease(journal, offers: [.granted(token: 7), .held(by: "b:2")]) { $0 < 30 ? true : answer }
        }
        try await stage.play { stage in
            await stage.clock.run(until: second - 1, sleepers: 2)
            #expect(stage.journal.entries("cancelled").isEmpty)
            stage.clock.jump(to: second)
            await stage.clock.settle(1, until: second + 5)
            #expect(stage.onlookers.board.snapshot.phase == .standby(holder: "b:2"))
        }
        #expect(stage.journal.cycles == ["0 cycle begins", "\(second) cycle is cancelled"])
        #expect(stage.journal.entries("is lost").count == 1)
        #expect(
            stage.onlookers.metrics.registry.render().contains("offload_scheduler_lease_losses_total 1\n"))
    }

    @Test func stopLetsARunningCycleFinish() async throws {
        let stage = try Rehearsal(cycleSeconds: [60])
        try await stage.play { stage in
            await stage.clock.run(until: 10, sleepers: 2)
            await stage.group.triggerGracefulShutdown()
            await stage.clock.run(until: 59, sleepers: 3)
            stage.clock.jump(to: 60)
        }
        #expect(stage.journal.cycles == ["0 cycle begins", "60 cycle ends"])
        #expect(
            stage.journal.entries.suffix(2) == ["60 release 7", "60 log INFO Scheduler stopped gracefully"])
        #expect(stage.observatory.state.withLock { $0.recorded.count } == 1)
    }

    @Test func stopCancelsACycleThatOutlastsTheStopTimeout() async throws {
        let stage = try Rehearsal(cycleSeconds: [1000])
        try await stage.play { stage in
            await stage.clock.run(until: 10, sleepers: 2)
            await stage.group.triggerGracefulShutdown()
            await stage.clock.run(until: 99, sleepers: 3)
            #expect(stage.journal.entries("cancelled").isEmpty)
            stage.clock.jump(to: 100)
        }
        #expect(stage.journal.cycles == ["0 cycle begins", "100 cycle is cancelled"])
        #expect(stage.onlookers.board.snapshot.phase == .stopping)
    }

    @Test func cycleThatCannotBeRecordedIsNotFatal() async throws {
        let stage = try Rehearsal()
        stage.observatory.state.withLock { $0.isDown = true }
        try await stage.play { await $0.clock.run(until: 500, sleepers: 2) }
        #expect(stage.journal.entries("begins").count == 2)
        #expect(
            stage.journal.entries("recorded").first
                == "0 log WARNING The cycle could not be recorded: PostgreSQL is away")
    }

    @Test func pulseGoesOnWhileWaitingAndStopsWithACycleThatGetsNowhere() async throws {
        let stage = try Rehearsal(cycleSeconds: [0, 5000])
        try await stage.play { stage in
            await stage.clock.run(until: 479, sleepers: 2)
            #expect(stage.onlookers.pulse.isAlive)
            await stage.clock.run(until: 480 + 659, sleepers: 2)
            #expect(stage.onlookers.pulse.isAlive)
            stage.onlookers.observer(stage.orders.current)("k2.trades", .heartbeat)
            await stage.clock.run(until: 480 + 659 + 659, sleepers: 2)
            #expect(stage.onlookers.pulse.isAlive)
            await stage.clock.run(until: 480 + 659 + 661, sleepers: 2)
            #expect(!stage.onlookers.pulse.isAlive)
            await stage.group.triggerGracefulShutdown()
            await stage.clock.run(until: 480 + 659 + 661 + 89, sleepers: 3)
            stage.clock.jump(to: 480 + 659 + 661 + 90)
        }
    }

    @Test func reloadedIntervalHoldsForTheWaitThatIsGoingOn() async throws {
        let stage = try Rehearsal()
        try await stage.play { stage in
            await stage.clock.run(until: 60, sleepers: 2)
            stage.orders.replace(with: Rehearsal.orders(stage.clock, stage.journal, interval: .seconds(300)))
            await stage.clock.run(until: 490, sleepers: 2)
        }
        #expect(
            stage.journal.entries("begins") == ["0 cycle begins", "180 cycle begins", "480 cycle begins"])
    }

    @Test func badConfigurationIsRefusedAndTheOldOneKept() async throws {
        struct Bad: Error, CustomStringConvertible { let description = "offload.yaml:3: unknown key" }
        let stage = try Rehearsal()
        let fresh = Rehearsal.orders(stage.clock, stage.journal, interval: .seconds(60), definitions: [])
        await Reloader(stage.orders, onlookers: stage.onlookers) { throw Bad() }.reload()
        #expect(stage.orders.current.interval == .seconds(900))
        await Reloader(stage.orders, onlookers: stage.onlookers) { fresh }.reload()
        #expect(stage.orders.current.interval == .seconds(60))
        #expect(
            stage.journal.entries == [
                "0 log ERROR The new configuration is refused, the old one stays: offload.yaml:3: unknown key",
                "0 log NOTICE Configuration reloaded Schedule: Every minute Tables: 0",
            ])
    }
}

@Suite struct SlotClockTests {
    private let quarter = SlotClock(interval: .seconds(900))

    @Test(arguments: [
        (Int64(0), Int64(900)), (899_999_999, 900), (900_000_000, 1800), (-1, 0), (-900_000_000, 0),
        (-900_000_001, -900),
    ])
    func nextSlotIsTheFirstMultipleBehindTheInstant(instant: Int64, second: Int64) {
        #expect(quarter.next(after: instant) == second * 1_000_000)
    }

    /// The night in which Berlin puts its clocks back: one slot per quarter of an hour, as always in UTC.
    @Test func summerTimeChangesNothing() {
        var instant: Int64 = 1_792_882_800_000_000
        let slots = (0..<12).map { _ in
            instant = quarter.next(after: instant)
            return UTCTime(microseconds: instant).text
        }
        #expect(slots.first == "2026-10-24 23:15:00 UTC")
        #expect(slots.last == "2026-10-25 02:00:00 UTC")
        #expect(Set(slots).count == 12)
    }

    @Test(arguments: [(420, 900, 0), (420, 2700, 2), (0, 899, 0), (0, 1800, 1), (1800, 0, 0)])
    func slotsBetweenTwoStartsAreMissed(start: Int64, next: Int64, count: Int) {
        #expect(quarter.missedCount(from: start * 1_000_000, to: next * 1_000_000) == count)
    }

    @Test func slotIsDueOnlyIfItCameAfterTheAnchor() {
        #expect(quarter.isDue(at: 900_000_000, after: 899_999_999))
        #expect(!quarter.isDue(at: 900_000_000, after: 900_000_000))
        #expect(!quarter.isDue(at: 100, after: 900_000_000))
    }
}
