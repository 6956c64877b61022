// What the ledger says was moved, beside what the Iceberg table holds now: windows become segments with two counts.

/// A window of the ledger.
public struct CommittedWindow: Sendable, Hashable {
    public let batch: BatchID
    public let window: Window

    /// - Parameters:
    ///   - low: exclusive; nil: from the very first row.
    ///   - high: inclusive.
    ///   - rowCount: as it was committed.
    public init(batch: BatchID, low: CursorValue?, high: CursorValue, rowCount: Int64) {
        self.batch = batch
        window = Window(low: low, high: high, rowCount: rowCount)
    }
}

/// A data file of the table's current snapshot.
public struct LiveFile: Sendable, Hashable {
    public let rowCount: Int64
    /// The batch that its name tells; nil: another writer's file, such as a compaction's.
    public let batch: BatchID?
    /// Where its cursors lie; nil: its manifest does not say.
    public let bounds: ClosedRange<CursorValue>?

    public init(rowCount: Int64, batch: BatchID?, bounds: ClosedRange<CursorValue>?) {
        self.rowCount = rowCount
        self.batch = batch
        self.bounds = bounds
    }
}

/// The smallest run of windows whose rows can be told apart from those of all others by counts.
public struct AuditSegment: Sendable, Hashable {
    /// In order; one, unless another writer's files reach over several.
    public let windows: [Window]
    public let lakeRowCount: Int64

    public var ledgerRowCount: Int64 { windows.reduce(0) { $0 + $1.rowCount } }
}

/// Sorts live files into the windows they came from. Memory grows with windows, not with files or rows.
public struct Audit: Sendable {
    /// Why counts decide nothing in this table.
    public enum Obstacle: String, Sendable, CaseIterable {
        case deleteFiles
        case fileWithoutBounds
    }

    /// By `high`.
    private let windows: [Window]
    private let positions: [BatchID: Int]
    private var rowCounts: [Int64]
    /// +1 where a file that reaches over several windows begins, -1 where it ends.
    private var reaches: [Int]
    public private(set) var obstacle: Obstacle?
    /// Rows of other writers that no window is near: they were never ours to move, or are not moved yet.
    public private(set) var outsideRowCount: Int64 = 0

    /// - Parameter windows: every window that the ledger has of the table, ascending.
    public init(_ windows: [CommittedWindow]) {
        self.windows = windows.map(\.window)
        positions = Dictionary(zip(windows.map(\.batch), windows.indices)) { first, _ in first }
        rowCounts = Array(repeating: 0, count: windows.count)
        reaches = Array(repeating: 0, count: windows.count)
    }

    public mutating func add(_ file: LiveFile) {
        if let batch = file.batch, let position = positions[batch] {
            rowCounts[position] += file.rowCount
            return
        }
        guard let bounds = file.bounds else {
            obstacle = obstacle ?? .fileWithoutBounds
            return
        }
        guard let run = run(covering: bounds) else {
            outsideRowCount += file.rowCount
            return
        }
        rowCounts[run.lowerBound] += file.rowCount
        reaches[run.lowerBound] += 1
        reaches[run.upperBound] -= 1
    }

    /// The current snapshot has delete files: rows of data files may be gone.
    public mutating func addDeletes() {
        obstacle = .deleteFiles
    }

    /// Every window once, in order.
    public var segments: [AuditSegment] {
        var segments: [AuditSegment] = []
        var begin = 0
        var depth = 0
        for position in windows.indices {
            depth += reaches[position]
            guard depth == 0 else { continue }
            segments.append(
                AuditSegment(
                    windows: Array(windows[begin...position]),
                    lakeRowCount: rowCounts[begin...position].reduce(0, +)))
            begin = position + 1
        }
        return segments
    }

    /// The windows that a file's rows may have come from; nil: none.
    private func run(covering bounds: ClosedRange<CursorValue>) -> ClosedRange<Int>? {
        guard let first = position(of: bounds.lowerBound) else { return nil }
        if first == 0, let low = windows[0].low, bounds.upperBound <= low { return nil }
        return first...(position(of: bounds.upperBound) ?? windows.count - 1)
    }

    /// The first window that ends at or after a value; nil: all end before it.
    private func position(of value: CursorValue) -> Int? {
        var range = windows.indices
        while let last = range.last {
            let middle = (range.lowerBound + last) / 2
            range = windows[middle].high < value ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound < windows.count ? range.lowerBound : nil
    }
}
