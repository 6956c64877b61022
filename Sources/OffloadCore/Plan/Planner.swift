// Watermark to windows: cuts what is new into pieces of bounded size that never cross a partition of the cursor.

/// Decides which windows a turn moves. The cutting is a pure function of the source's histogram.
struct Planner {
    let source: any Source
    let table: SourceTable

    /// Bins per window-to-be: fine enough that windows come out nearly full, coarse enough to stay one small answer.
    private static let binsPerWindow = 16
    private static let binCountMax = 4096

    /// Windows that together hold every row in `(low, survey.bounds.upperBound]`, in order, without gap or overlap.
    ///
    /// Costs one scan of the cursor column in that range, plus one of each bin that alone holds too many rows.
    func windows(after low: CursorValue?, survey: Survey, for lake: LakeTable) async throws -> [Window] {
        guard let bounds = survey.bounds else { return [] }
        let bins = try await bins(after: low, through: bounds, rowCount: survey.rowCount, for: lake)
        return Self.pack(bins, after: low, rowCountMax: table.definition.rowCountMax)
    }

    /// A histogram whose bins are small enough or hold a single cursor value, which cannot be cut.
    private func bins(
        after low: CursorValue?, through bounds: ClosedRange<CursorValue>, rowCount: Int64,
        for lake: LakeTable
    ) async throws -> [Bin] {
        let rowCountMax = table.definition.rowCountMax
        let wanted = rowCount <= rowCountMax ? 1 : (rowCount / rowCountMax + 1) * Int64(Self.binsPerWindow)
        let binCount = Int(min(wanted, Int64(Self.binCountMax)))
        var result: [Bin] = []
        let found = try await source.histogram(
            table, for: lake, after: low, through: bounds, binCount: binCount)
        for bin in found {
            if bin.rowCount <= rowCountMax || bin.lowest == bin.highest {
                result.append(bin)
            } else {
                result += try await bins(
                    after: CursorValue(ticks: bin.lowest.ticks - 1), through: bin.lowest...bin.highest,
                    rowCount: bin.rowCount, for: lake)
            }
        }
        return result
    }

    /// Joins neighbouring bins of one partition as long as they fit into `rowCountMax` rows.
    static func pack(_ bins: [Bin], after low: CursorValue?, rowCountMax: Int64) -> [Window] {
        var windows: [Window] = []
        var low = low
        var open: Bin?
        for bin in bins {
            if let current = open, current.partition == bin.partition,
                current.rowCount + bin.rowCount <= rowCountMax
            {
                open = Bin(
                    rowCount: current.rowCount + bin.rowCount, lowest: current.lowest, highest: bin.highest,
                    partition: bin.partition)
                continue
            }
            if let current = open {
                windows.append(Window(low: low, high: current.highest, rowCount: current.rowCount))
                low = current.highest
            }
            open = bin
        }
        if let current = open {
            windows.append(Window(low: low, high: current.highest, rowCount: current.rowCount))
        }
        return windows
    }
}
