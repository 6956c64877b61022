// Live files are sorted into windows; windows that another writer's files reach over become one segment.
import OffloadCore
import Testing

@Suite struct AuditTests {
    private let batches = (0..<4).map { BatchID("00000000-0000-0000-0000-00000000000\($0)") }

    /// (…, 10], (10, 20], (20, 30], (30, 40] of ten rows each.
    private var windows: [CommittedWindow] {
        batches.enumerated().map { number, batch in
            CommittedWindow(
                batch: batch, low: number == 0 ? nil : value(number * 10), high: value(number * 10 + 10),
                rowCount: 10)
        }
    }

    private func value(_ ticks: Int) -> CursorValue { CursorValue(ticks: Int128(ticks)) }

    private func foreign(_ bounds: ClosedRange<Int>, rows: Int64) -> LiveFile {
        LiveFile(
            location: "foreign", rowCount: rows, batch: nil,
            bounds: value(bounds.lowerBound)...value(bounds.upperBound))
    }

    private func own(_ number: Int, rows: Int64) -> LiveFile {
        LiveFile(location: "own \(number)", rowCount: rows, batch: batches[number], bounds: nil)
    }

    /// The segments as `number of windows: rows in the table`.
    private func segments(_ files: [LiveFile]) -> [String] {
        var audit = Audit(windows)
        for file in files { audit.add(file) }
        return audit.segments.map { "\($0.windows.count): \($0.lakeRowCount)" }
    }

    @Test func ownFilesBelongToTheirWindowsWhateverTheirBounds() {
        let files = [own(0, rows: 10), own(1, rows: 4), own(1, rows: 6), own(2, rows: 10), own(3, rows: 9)]
        #expect(segments(files) == ["1: 10", "1: 10", "1: 10", "1: 9"])
    }

    @Test func aTableWithoutFilesMissesEveryWindow() {
        #expect(segments([]) == ["1: 0", "1: 0", "1: 0", "1: 0"])
    }

    @Test(arguments: [
        // Within one window, edges included: the lower end is open, the upper closed.
        (11, 20, ["1: 0", "1: 7", "1: 0", "1: 0"]),
        (10, 10, ["1: 7", "1: 0", "1: 0", "1: 0"]),
        // Over several.
        (10, 11, ["2: 7", "1: 0", "1: 0"]),
        (5, 31, ["4: 7"]),
        // Partly beyond the newest window.
        (35, 99, ["1: 0", "1: 0", "1: 0", "1: 7"]),
    ])
    func anotherWritersFileJoinsTheFewestWindowsThatCoverIt(low: Int, high: Int, expected: [String]) {
        #expect(segments([foreign(low...high, rows: 7)]) == expected)
    }

    @Test func reachesThatTouchStayApartAndReachesThatOverlapGrowTogether() {
        #expect(segments([foreign(1...20, rows: 20), foreign(21...40, rows: 20)]) == ["2: 20", "2: 20"])
        #expect(
            segments([foreign(1...20, rows: 20), foreign(15...25, rows: 10), own(3, rows: 10)]) == [
                "3: 30", "1: 10",
            ])
    }

    @Test func rowsBeyondEveryWindowAreCountedApart() {
        var audit = Audit(Array(windows.dropFirst()))
        audit.add(foreign(41...50, rows: 3))
        audit.add(foreign(1...10, rows: 4))
        #expect(audit.outsideRowCount == 7)
        #expect(audit.segments.allSatisfy { $0.lakeRowCount == 0 })
    }

    @Test func anUnknownBatchIsAnotherWriter() {
        var audit = Audit(windows)
        let stranger = BatchID("99999999-0000-0000-0000-000000000000")
        audit.add(
            LiveFile(location: "", rowCount: 5, batch: stranger, bounds: value(12)...value(13)))
        #expect(audit.segments.map(\.lakeRowCount) == [0, 5, 0, 0])
    }

    @Test func deletesAndFilesWithoutBoundsLeaveNothingToDecide() {
        var deletes = Audit(windows)
        deletes.addDeletes()
        #expect(deletes.obstacle == .deleteFiles)
        var unbounded = Audit(windows)
        unbounded.add(LiveFile(location: "", rowCount: 5, batch: nil, bounds: nil))
        #expect(unbounded.obstacle == .fileWithoutBounds)
    }

    @Test func anEmptyLedgerHasNoSegments() {
        var audit = Audit([])
        audit.add(foreign(1...2, rows: 3))
        #expect(audit.segments.isEmpty)
        #expect(audit.outsideRowCount == 3)
    }

    @Test(arguments: [
        (10, 10, 10, AuditVerdict.ok),
        (10, 10, 7, .missing(3)),
        (7, 10, 7, .missing(3)),
        (10, 10, 12, .surplus(2)),
        (12, 10, 10, .sourceChanged(by: 2)),
        (0, 10, 10, .sourceChanged(by: -10)),
        (0, 0, 0, .ok),
    ])
    func theLedgerJudgesWhatIcebergMustHold(source: Int64, ledger: Int64, lake: Int64, verdict: AuditVerdict)
    {
        let counts = [source, ledger, lake].map { RowDigest(rowCount: $0, contentHash: nil) }
        #expect(decide(counts) == verdict)
        #expect(decide(counts, .deleteFiles) == .undecided(.deleteFiles))
    }

    /// Ten rows each; nil: the hash is not known.
    @Test(
        arguments: [
            (7, 7, 7, AuditVerdict.ok),
            (7, 7, 8, .altered),
            (8, 7, 8, .altered),
            (8, 7, 7, .sourceChanged(by: 0)),
            (nil, 7, 7, .ok),
            (7, nil, 8, .ok),
            (7, 7, nil, .ok),
        ] as [(UInt64?, UInt64?, UInt64?, AuditVerdict)])
    func hashesDecideAsFarAsTheyAreKnown(
        source: UInt64?, ledger: UInt64?, lake: UInt64?, verdict: AuditVerdict
    ) {
        let digests = [source, ledger, lake].map { RowDigest(rowCount: 10, contentHash: $0) }
        #expect(decide(digests) == verdict)
    }

    private func decide(_ digests: [RowDigest], _ obstacle: Audit.Obstacle? = nil) -> AuditVerdict {
        .decide(source: digests[0], ledger: digests[1], lake: digests[2], obstacle: obstacle)
    }

    @Test func filesAreSortedIntoTheirSegments() {
        let outside = foreign(41...50, rows: 1)
        let files = [own(3, rows: 10), foreign(5...15, rows: 20), own(1, rows: 1), own(2, rows: 10), outside]
        var audit = Audit(windows)
        for file in files { audit.add(file) }
        #expect(
            audit.filesBySegment(files).map { $0.map(\.location) } == [
                ["foreign", "own 1"], ["own 2"], ["own 3"],
            ]
        )
    }

    @Test func aSegmentAddsUpItsWindowsReceiptsAndWrapsAround() {
        let receipts = [
            ContentReceipt(hash: .max, fieldIDs: [1, 2]), ContentReceipt(hash: 3, fieldIDs: [2, 3]),
        ]
        let windows = zip(batches, receipts).enumerated().map { number, pair in
            CommittedWindow(
                batch: pair.0, low: nil, high: value(number), rowCount: 10, content: pair.1)
        }
        let segment = AuditSegment(windows: windows, lakeRowCount: 20)
        #expect(segment.ledger == RowDigest(rowCount: 20, contentHash: 2))
        #expect(segment.fieldIDs == [1, 2, 3])
        let partly = AuditSegment(windows: windows + [self.windows[3]], lakeRowCount: 30)
        #expect(partly.ledger == RowDigest(rowCount: 30, contentHash: nil))
    }

    @Test(arguments: [
        ("file:///w/t/data/day=2026-01-01/A908556D-f6b0-4d93-941d-74af2bc596d3-0.parquet", true),
        ("a908556d-f6b0-4d93-941d-74af2bc596d3-12.parquet", true),
        ("s3://w/t/data/00000-0-a908556d-f6b0-4d93-941d-74af2bc596d3-00001.parquet", false),
        ("a908556d-f6b0-4d93-941d-74af2bc596d3", false),
        ("", false),
    ])
    func aDataFilesNameTellsItsBatch(location: String, isOurs: Bool) {
        let expected = isOurs ? BatchID("a908556d-f6b0-4d93-941d-74af2bc596d3") : nil
        #expect(BatchID(ofDataFileAt: location) == expected)
    }
}
