// `watermark rewind`: only windows whose rows are gone from Iceberg and still in ClickHouse are moved once more.
import Testing

@testable import OffloadCore

@Suite struct RewindTests {
    private let rolledBack = Stall(onMain: [1, 2], live: [1, 2])

    @Test func windowsBehindARollbackAreStruckOff() async throws {
        let correction = try #require(try await rolledBack.recovery.rewind(to: "20"))
        #expect(correction.struck.map(\.batch) == [Stall.batch(3), Stall.batch(4)])
        #expect(correction.after.position == Stall.value(20))
        #expect(correction.after.lastBatch == .init(id: Stall.batch(2), high: Stall.value(20)))
        #expect(correction.mark == .set(previous: Stall.batch(1)))
        #expect(correction.after.lakeUUID == Stall.uuid)
    }

    @Test func aDroppedTableBeginsAgain() async throws {
        let correction = try #require(try await Stall(hasLake: false).recovery.rewind(to: "beginning"))
        #expect(correction.struck.count == 4 && correction.mark == nil)
        #expect(
            correction.after.position == nil && correction.after.lastBatch == nil
                && correction.after.lakeUUID == nil)
    }

    @Test func aTableRolledBackToNothingLosesItsMark() async throws {
        let correction = try #require(try await Stall(onMain: [], live: []).recovery.rewind(to: "beginning"))
        #expect(correction.mark == .remove && correction.struck.count == 4)
    }

    @Test func aCopyWithoutMarksIsProvenByItsRows() async throws {
        var copy = Stall(onMain: [], marked: nil, uuid: "copy", live: [1, 2])
        copy.isCompacted = true
        let correction = try #require(try await copy.recovery.rewind(to: "20"))
        #expect(correction.after.lakeUUID == "copy" && correction.mark == .set(previous: Stall.batch(1)))
        copy.live = [2]
        #expect(await failure(of: copy, to: "20")?.message.contains("provably hold every row") == true)
    }

    @Test func nothingHappensWhereAllAgree() async throws {
        #expect(try await Stall().recovery.rewind(to: "40") == nil)
    }

    @Test(arguments: [
        ("10", "holds up to 5 rows above 10, which would be doubled"),
        ("30", "does not provably hold every row up to 30"),
        ("15", "15 is not the end of a committed window"),
        ("yesterday", "is no value of the cursor"),
    ])
    func anotherPositionIsRefused(position: String, message: String) async {
        let error = await failure(of: rolledBack, to: position)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.hint != nil)
    }

    @Test func anOffWindowPositionIsAnsweredWithTheNearest() async {
        #expect(await failure(of: rolledBack, to: "15")?.hint?.hasSuffix("below it is 10") == true)
        #expect(await failure(of: rolledBack, to: "3")?.hint?.hasSuffix("below it is beginning") == true)
    }

    @Test func rowsThatClickHouseLostAreOnlyGivenUpByTheirNumber() async throws {
        var stall = rolledBack
        stall.source = [1, 2, 4]
        let error = await failure(of: stall, to: "20")
        #expect(error?.code == .countMismatch && error?.message.contains("5 of the rows above 20") == true)
        #expect(error?.hint?.contains("`--accept-lost 5`") == true)
        #expect(await failure(of: stall, to: "20", acceptingLost: 4) != nil)
        #expect(try await stall.recovery.rewind(to: "20", acceptingLost: 5)?.struck.count == 2)
        #expect(await failure(of: rolledBack, to: "20", acceptingLost: 5)?.hint == "leave --accept-lost out")
    }

    @Test func aLedgerWithoutWindowsHasNothingToRewind() async {
        let error = await failure(of: Stall(ledger: [], position: nil), to: "20")
        #expect(error?.hint?.contains("watermark repair") == true)
    }

    private func failure(of stall: Stall, to position: String, acceptingLost: Int64 = 0) async
        -> OffloadError?
    {
        await #expect(throws: OffloadError.self) {
            try await stall.recovery.rewind(to: position, acceptingLost: acceptingLost)
        }
    }
}
