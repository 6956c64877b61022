// What was staged is compared with what the source says.
import Iceberg
import OffloadSimulation
import Testing

@testable import OffloadCore

@Suite struct VerifierTests {
    private let rehearsal = Rehearsal(rows: Rehearsal.rows([900, 800, 700]))
    private var table: String { rehearsal.definition.source }

    @Test func equalCountsAreAProof() async throws {
        let verified = try await rehearsal.corridor().verified()
        #expect(verified.staged.rowCount == 3)
        #expect(verified.sequenceMax == nil)
    }

    @Test func highestSequenceIsKept() async throws {
        var rehearsal = rehearsal
        rehearsal.definition.sequence = "id"
        #expect(try await rehearsal.corridor().verified().sequenceMax == 3)
    }

    @Test func rowsThatArrivedDuringTheCopyAreAMismatch() async throws {
        let corridor = try await rehearsal.corridor()
        let staged = try await corridor.staged()
        rehearsal.world.insert(Rehearsal.rows([750], firstID: 9), into: table)
        await expectMismatch(corridor, staged)
    }

    @Test func rowsThatVanishedDuringTheCopyAreAMismatch() async throws {
        let corridor = try await rehearsal.corridor()
        let (world, table) = (rehearsal.world, table)
        world.disturb { call in
            if call.name == .copy, call.moment == .before { world[table]?.rows.removeFirst() }
        }
        await expectMismatch(corridor, try await corridor.staged())
    }

    @Test func countsAloneHaveNoHash() async throws {
        #expect(try await rehearsal.corridor().verified().content == nil)
    }

    @Test func hashIsOfWhatTheFilesHold() async throws {
        let verified = try await hashed.corridor().verified()
        let receipt = try #require(verified.content)
        #expect(receipt.fieldIDs == [1, 2, 3])
        #expect(receipt.hash != 0)
    }

    /// The files are whole and count right, but a value changed while they were written.
    @Test func aValueThatChangedDuringTheCopyIsAMismatchOfContent() async throws {
        let corridor = try await hashed.corridor()
        let staged = try await corridor.staged()
        let row = try #require(rehearsal.world[table]?.rows.first)
        rehearsal.world[table]?.rows[0] = SimulatedRow(cursor: row.cursor.ticks, id: row.id, key: "b")
        await #expect {
            _ = try await Verifier(doors: corridor.doors).verify(
                staged, of: corridor.table, for: corridor.lake)
        } throws: { error in
            guard let error = error as? OffloadError else { return false }
            return error.code == .contentMismatch && error.isRetryable && error.table == table
        }
    }

    private var hashed: Rehearsal {
        var hashed = rehearsal
        hashed.definition.verification = .hash
        return hashed
    }

    private func expectMismatch(_ corridor: Rehearsal.Corridor, _ staged: StagedBatch) async {
        let verifier = Verifier(doors: corridor.doors)
        await #expect {
            _ = try await verifier.verify(staged, of: corridor.table, for: corridor.lake)
        } throws: { error in
            guard let error = error as? OffloadError else { return false }
            return error.code == .countMismatch && error.isRetryable && error.table == table
        }
    }

    /// The file says of itself that it holds other days than its partition; rows are from 2025-12-31 23:45 on.
    @Test(arguments: [
        ("2025-12-31 00:00:00.000", "2025-12-31 23:59:59.999", true),
        ("2025-12-31 00:00:00.000", "2026-01-01 00:00:00.000", false),
        ("2025-12-30 23:59:59.999", "2025-12-31 23:59:59.999", false),
    ])
    func boundsMustLieInThePartition(lower: String, upper: String, isProof: Bool) async throws {
        var rehearsal = rehearsal
        rehearsal.definition.partitionBy = [
            .init(column: "ts", transform: "day"), .init(column: "id", transform: "bucket[1]"),
        ]
        let lake = BoundedLake(
            lake: rehearsal.world.doors().lake, lower: try #require(Self.bound(lower)),
            upper: try #require(Self.bound(upper)))
        let corridor = try await rehearsal.corridor(lake: lake)
        guard !isProof else {
            #expect(try await corridor.verified().staged.rowCount == 3)
            return
        }
        await #expect {
            _ = try await corridor.verified()
        } throws: { error in
            (error as? OffloadError)?.code == .partitionMismatch
        }
    }

    private static func bound(_ text: String) -> [UInt8]? {
        CivilTime.ticks(of: text, digits: 6).map { Literal.timestamptz(Int64($0)).encoded }
    }
}

/// Says of every file that its first column lies between two bounds.
private struct BoundedLake: Lake {
    let lake: any Lake
    let lower: [UInt8]
    let upper: [UInt8]

    func open(_ table: SourceTable, known uuid: String?) async throws -> LakeTable {
        try await lake.open(table, known: uuid)
    }

    func draft(
        at location: String, slice: PartitionSlice, of table: LakeTable
    ) async throws -> any DataFileDraft {
        Draft(
            draft: try await lake.draft(at: location, slice: slice, of: table), lower: lower, upper: upper)
    }

    func content(of location: String, in table: LakeTable) async throws -> any DataFileContent {
        try await lake.content(of: location, in: table)
    }

    func remove(_ trace: BatchTrace) async throws { try await lake.remove(trace) }

    private struct Draft: DataFileDraft {
        let draft: any DataFileDraft
        let lower: [UInt8]
        let upper: [UInt8]

        func write(_ bytes: UnsafeRawBufferPointer) throws { try draft.write(bytes) }
        func abandon() async { await draft.abandon() }

        func finish() async throws -> DataFile {
            var file = try await draft.finish()
            file.lowerBounds = [1: lower]
            file.upperBounds = [1: upper]
            return file
        }
    }
}
