// `watermark repair`: what the Iceberg table proves, the ledger gets; anything else is refused with the next command.
import Testing

@testable import OffloadCore

@Suite struct RepairTests {
    @Test func agreementIsLeftAlone() async throws {
        #expect(try await Stall().recovery.repair() == nil)
        var fresh = Stall(ledger: [], position: nil, knownUUID: nil)
        fresh.hasLake = false
        #expect(try await fresh.recovery.repair() == nil)
    }

    @Test(arguments: [5, 1_000_000, nil] as [Int?])
    func anEditedPositionGoesBackToTheLastWindow(_ position: Int?) async throws {
        let correction = try #require(try await Stall(position: position).recovery.repair())
        #expect(correction.after.position == Stall.value(40))
        #expect(correction.after.lastBatch?.id == Stall.batch(4))
        #expect(correction.adopted.isEmpty && correction.struck.isEmpty && correction.mark == nil)
    }

    @Test func aRestoredLedgerGetsTheWindowsItForgot() async throws {
        let correction = try #require(try await Stall(ledger: [1, 2], position: 20).recovery.repair())
        #expect(correction.adopted == [Stall.window(3), Stall.window(4)])
        #expect(correction.after.position == Stall.value(40))
        #expect(correction.after.lastBatch == .init(id: Stall.batch(4), high: Stall.value(40)))
        #expect(correction.mark == nil)
    }

    @Test func windowsOfExpiredSnapshotsBecomeOneThatHoldsWhatTheFilesSay() async throws {
        let correction = try #require(
            try await Stall(ledger: [1], position: 10, onMain: [4]).recovery.repair())
        #expect(correction.adopted.map(\.window.low) == [Stall.value(10), Stall.value(30)])
        #expect(correction.adopted.map(\.window.high) == [Stall.value(30), Stall.value(40)])
        #expect(correction.adopted.map(\.window.rowCount) == [10, 5])
        #expect(correction.adopted.last?.batch == Stall.batch(4))
    }

    @Test func anEmptiedLedgerIsWrittenAnew() async throws {
        let correction = try #require(
            try await Stall(ledger: [], position: nil, knownUUID: nil).recovery.repair())
        #expect(correction.adopted == (1...4).map(Stall.window))
        #expect(correction.after.position == Stall.value(40) && correction.after.lakeUUID == Stall.uuid)
        #expect(correction.after.cursor == Stall.cursor)
    }

    @Test func anEmptiedLedgerOfACompactedTableGetsOneWindow() async throws {
        var stall = Stall(ledger: [], position: nil, knownUUID: nil, onMain: [])
        stall.isCompacted = true
        let correction = try #require(try await stall.recovery.repair())
        #expect(correction.adopted.map(\.window.rowCount) == [20])
        #expect(correction.adopted.first?.window.low == nil)
        #expect(correction.adopted.first?.batch == Stall.batch(4))
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let stall: Stall
        let code: OffloadError.Code
        let hint: String
    }

    static let refusals = [
        Refusal(
            testDescription: "main was rolled back",
            stall: Stall(onMain: [1, 2], live: [1, 2]), code: .lakeTableRolledBack,
            hint: "watermark rewind --table db.t --to '20' --dry-run"),
        Refusal(
            testDescription: "the table was made anew",
            stall: Stall(onMain: [], marked: nil, uuid: "other", live: []),
            code: .lakeTableReplaced, hint: "--to 'beginning'"),
        Refusal(
            testDescription: "the table is gone", stall: Stall(hasLake: false), code: .lakeTableMissing,
            hint: "--to 'beginning'"),
        Refusal(
            testDescription: "the table is an older copy",
            stall: Stall(onMain: [1, 2, 3], marked: 3, live: [1, 2, 3]),
            code: .ledgerDisagrees, hint: "--to '30'"),
        Refusal(
            testDescription: "the table has lost its mark",
            stall: Stall(onMain: [], marked: nil, live: [1, 2]), code: .ledgerDisagrees, hint: "--to '20'"),
        Refusal(
            testDescription: "the rows are another table's",
            stall: Stall(ledger: [], position: nil, knownUUID: nil, source: [1, 2]), code: .ledgerDisagrees,
            hint: "choose another `target`"),
        Refusal(
            testDescription: "the ledger has another table with this target",
            stall: Stall(ledger: [], position: nil, knownUUID: nil, rivals: ["db.u"]), code: .ledgerDisagrees,
            hint: "choose another `target`"),
        Refusal(
            testDescription: "nobody can count the windows that are forgotten",
            stall: Stall(ledger: [1], position: 10, onMain: [4], hasDeletes: true), code: .ledgerDisagrees,
            hint: "restore a newer backup"),
    ]

    @Test(arguments: refusals)
    func whatIsNotProvenIsRefused(_ refusal: Refusal) async throws {
        let error = await #expect(throws: OffloadError.self) {
            try await refusal.stall.recovery.repair()
        }
        #expect(error?.code == refusal.code)
        #expect(error?.hint?.contains(refusal.hint) == true, "\(error?.hint ?? "")")
        #expect(error?.message.hasSuffix("nothing was changed") == true)
    }

    @Test func rowsThatATTLHasRemovedAreNoSignOfAnotherTable() async throws {
        let stall = Stall(ledger: [], position: nil, knownUUID: nil, source: [])
        #expect(try await stall.recovery.repair()?.after.position == Stall.value(40))
    }
}
