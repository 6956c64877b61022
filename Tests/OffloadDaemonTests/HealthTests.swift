// Which state of the tables is how bad, and what to type then.
import OffloadCore
import Testing

@testable import OffloadDaemon

/// A table in order at 12:07, but for what a test changes; ages in minutes.
func status(
    _ table: String = "k2.trades", state: String? = "success", successAge: Int64? = 5, failures: Int64 = 0,
    error: String? = nil, pending: Int64? = 10, oldestAge: Int64? = 6, holder: String? = nil,
    now: Int64 = 1_767_269_220_000_000
) -> TableStatus {
    TableStatus(
        table: table, layer: .bronze, target: "cold.trades", settle: .seconds(300), state: state,
        watermark: "2026-01-01 12:00:00.000",
        watermarkMicroseconds: now - 420_000_000,
        lastSuccessMicroseconds: successAge.map { now - $0 * 60_000_000 },
        failureCount: failures, lastError: error, lastRowCount: 10, lastDurationSeconds: 1,
        pendingRowCount: pending,
        newestMicroseconds: pending.map { _ in now - 1_000_000 },
        oldestPendingMicroseconds: oldestAge.map { now - $0 * 60_000_000 },
        pendingExpiryMicroseconds: oldestAge.map { now + 86_400_000_000 - $0 * 60_000_000 },
        holder: holder)
}

func record(age: Int64, seconds: Double = 10, status: CycleReport.Status = .success) -> CycleRecord {
    CycleRecord(
        startedAtMicroseconds: 1_767_269_220_000_000 - age * 60_000_000, seconds: seconds, status: status,
        holder: "host:1", tableCount: 1, failedCount: 0, rowCount: 10)
}

@Suite struct HealthTests {
    private let now: Int64 = 1_767_269_220_000_000

    private func judge(_ tables: [TableStatus], _ cycles: [CycleRecord] = [record(age: 7)]) -> Health {
        Health.decide(tables, cycles: cycles, now: now, configuration: .init())
    }

    @Test(arguments: [
        (status(), Health.Level.ok, nil),
        (status(oldestAge: 25), .ok, nil),
        (status(oldestAge: 26), .warning, "iceberg-offload catch-up --table k2.trades"),
        (status(oldestAge: 35), .warning, "iceberg-offload catch-up --table k2.trades"),
        (status(oldestAge: 36), .critical, "iceberg-offload catch-up --table k2.trades"),
        (status(pending: 0, oldestAge: nil), .ok, nil),
        (status(pending: nil, oldestAge: nil), .warning, "iceberg-offload doctor"),
        (status(failures: 1, error: "x"), .warning, "iceberg-offload cycle --table k2.trades"),
        (status(failures: 3, error: "x"), .critical, "iceberg-offload cycle --table k2.trades"),
        (status(successAge: 61), .critical, "iceberg-offload watermark history --table k2.trades"),
        (status(state: nil, successAge: nil), .warning, "iceberg-offload cycle --table k2.trades"),
        (status(state: "running", successAge: nil), .ok, nil),
    ])
    func tableIsJudgedByItsFigures(status: TableStatus, level: Health.Level, command: String?) {
        let health = judge([status])
        #expect(health.level == level)
        #expect(health.reasons.first?.command == command)
        #expect(health.reasons.allSatisfy { $0.table == "k2.trades" })
    }

    @Test(arguments: [
        (status(oldestAge: 36), [record(age: 7)], "its turns succeed, but do not keep up"),
        (status(oldestAge: 36, holder: "host:7"), [record(age: 7)], "host:7 is at it"),
        (status(successAge: 50, oldestAge: 36), [record(age: 50)], "no scheduler is at work"),
        (status(oldestAge: 36), [], "no scheduler is at work"),
        (status(successAge: 8, oldestAge: 36), [record(age: 7)], "it got no turn in the last cycle"),
        (status(successAge: nil, oldestAge: 36), [record(age: 7)], "it got no turn in the last cycle"),
        (
            status(failures: 1, error: "x", oldestAge: 36, holder: "host:7"), [record(age: 7)],
            "its turns fail"
        ),
    ])
    func whyATableIsLateIsSaid(status: TableStatus, cycles: [CycleRecord], cause: String) {
        let late = judge([status], cycles).reasons.first { $0.message.contains("min behind") }
        #expect(late?.message == "Iceberg is 31 min behind, 10 rows wait: \(cause)")
        let words = [
            "its turns succeed, but do not keep up": "iceberg-offload catch-up --table k2.trades",
            "host:7 is at it": "iceberg-offload status --table k2.trades",
            "no scheduler is at work": "systemctl status iceberg-offload-scheduler",
            "its turns fail": "iceberg-offload cycle --table k2.trades",
            "it got no turn in the last cycle": "iceberg-offload cycle --table k2.trades",
        ]
        #expect(late?.command == words[cause])
    }

    @Test(arguments: [
        ([record(age: 30)], Int64(60), Health.Level.ok), ([record(age: 31)], 60, .critical),
        ([record(age: 40, seconds: 600)], 60, .ok), ([record(age: 300)], 5, .ok), ([], 5, .warning),
    ])
    func silentSchedulerIsNoticed(cycles: [CycleRecord], successAge: Int64, level: Health.Level) {
        #expect(judge([status(successAge: successAge)], cycles).level == level)
    }

    @Test func limitsGrowWithTheInterval() {
        let hourly = Health.Configuration(interval: .seconds(3600))
        let health = Health.decide(
            [status(successAge: 70, oldestAge: 75)], cycles: [record(age: 70)], now: now,
            configuration: hourly)
        #expect(health.reasons.isEmpty)
    }

    @Test func worstReasonComesFirst() {
        let health = judge([
            status("a.a", failures: 1, error: "refused"), status("b.b", failures: 4, error: "gone"),
        ])
        #expect(
            health.reasons.map(\.message) == [
                "the last 4 turns failed: gone", "the last turn failed: refused",
            ])
    }

    @Test func unreadAndOldFiguresAreCritical() {
        var snapshot = StatusBoard.Snapshot()
        #expect(Health.decide(snapshot, now: now, configuration: .init()).level == .critical)
        snapshot.tables = [status()]
        snapshot.cycles = [record(age: 7)]
        snapshot.readAtMicroseconds = now - 300_000_000
        #expect(Health.decide(snapshot, now: now, configuration: .init()).level == .ok)
        snapshot.readAtMicroseconds = now - 360_000_000
        snapshot.readError = "PostgreSQL is away"
        #expect(
            Health.decide(snapshot, now: now, configuration: .init()).reasons.map(\.message)
                == ["the figures are 6 min old: PostgreSQL is away"])
    }
}
