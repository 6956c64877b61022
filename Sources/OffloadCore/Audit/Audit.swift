// What the ledger says was moved, beside what the Iceberg table holds now: windows become segments with two counts.

/// A window of the ledger.
public struct CommittedWindow: Sendable, Hashable {
    public let batch: BatchID
    public let window: Window
    /// The snapshot that brought it; nil: the ledger was mended and does not know.
    public let snapshotID: Int64?
    /// What it held when it was committed; nil: its table was verified by count then.
    public let content: ContentReceipt?

    /// - Parameters:
    ///   - low: exclusive; nil: from the very first row.
    ///   - high: inclusive.
    ///   - rowCount: as it was committed.
    public init(
        batch: BatchID, low: CursorValue?, high: CursorValue, rowCount: Int64, snapshotID: Int64? = nil,
        content: ContentReceipt? = nil
    ) {
        self.batch = batch
        self.snapshotID = snapshotID
        self.content = content
        window = Window(low: low, high: high, rowCount: rowCount)
    }
}

/// A data file of the table's current snapshot.
public struct LiveFile: Sendable, Hashable {
    public let location: String
    public let rowCount: Int64
    /// The batch that its name tells; nil: another writer's file, such as a compaction's.
    public let batch: BatchID?
    /// Where its cursors lie; nil: its manifest does not say.
    public let bounds: ClosedRange<CursorValue>?

    public init(location: String, rowCount: Int64, batch: BatchID?, bounds: ClosedRange<CursorValue>?) {
        self.location = location
        self.rowCount = rowCount
        self.batch = batch
        self.bounds = bounds
    }
}

/// The smallest run of windows whose rows can be told apart from those of all others by counts.
public struct AuditSegment: Sendable, Hashable {
    /// In order; one, unless another writer's files reach over several.
    public let windows: [CommittedWindow]
    public let lakeRowCount: Int64

    public init(windows: [CommittedWindow], lakeRowCount: Int64) {
        self.windows = windows
        self.lakeRowCount = lakeRowCount
    }

    /// What was committed; without a hash unless every window has one.
    public var ledger: RowDigest {
        windows.reduce(.nothing) { sum, window in
            sum + RowDigest(rowCount: window.window.rowCount, contentHash: window.content?.hash)
        }
    }

    /// The columns that went into any of its windows' hashes. A window without one of them has nothing in it.
    public var fieldIDs: [Int32] {
        Set(windows.flatMap { $0.content?.fieldIDs ?? [] }).sorted()
    }
}

/// Sorts live files into the windows they came from. Memory grows with windows, not with files or rows.
public struct Audit: Sendable {
    /// Why counts decide nothing in this table.
    public enum Obstacle: String, Sendable, CaseIterable {
        case deleteFiles
        case fileWithoutBounds
    }

    /// By `high`.
    private let windows: [CommittedWindow]
    private let positions: [BatchID: Int]
    private var rowCounts: [Int64]
    /// +1 where a file that reaches over several windows begins, -1 where it ends.
    private var reaches: [Int]
    public private(set) var obstacle: Obstacle?
    /// Rows of other writers that no window is near: they were never ours to move, or are not moved yet.
    public private(set) var outsideRowCount: Int64 = 0

    /// - Parameter windows: every window that the ledger has of the table, ascending.
    public init(_ windows: [CommittedWindow]) {
        self.windows = windows
        positions = Dictionary(zip(windows.map(\.batch), windows.indices)) { first, _ in first }
        rowCounts = Array(repeating: 0, count: windows.count)
        reaches = Array(repeating: 0, count: windows.count)
    }

    public mutating func add(_ file: LiveFile) {
        guard isPlaceable(file) else {
            obstacle = obstacle ?? .fileWithoutBounds
            return
        }
        guard let run = run(behind: file) else {
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

    /// The files of each segment, in the order of `segments`; those of no segment are left out.
    public func filesBySegment(_ files: [LiveFile]) -> [[LiveFile]] {
        let segments = segments
        let segmentOfWindow = segments.indices.flatMap {
            Array(repeating: $0, count: segments[$0].windows.count)
        }
        var sorted: [[LiveFile]] = Array(repeating: [], count: segments.count)
        for file in files {
            if let run = run(behind: file) { sorted[segmentOfWindow[run.lowerBound]].append(file) }
        }
        return sorted
    }

    private func isPlaceable(_ file: LiveFile) -> Bool {
        file.bounds != nil || file.batch.map { positions[$0] != nil } ?? false
    }

    /// The windows that a file's rows may have come from; nil: none.
    private func run(behind file: LiveFile) -> ClosedRange<Int>? {
        if let position = file.batch.flatMap({ positions[$0] }) { return position...position }
        guard let bounds = file.bounds, let first = position(of: bounds.lowerBound) else { return nil }
        if first == 0, let low = windows[0].window.low, bounds.upperBound <= low { return nil }
        return first...(position(of: bounds.upperBound) ?? windows.count - 1)
    }

    /// The first window that ends at or after a value; nil: all end before it.
    private func position(of value: CursorValue) -> Int? {
        var range = windows.indices
        while let last = range.last {
            let middle = (range.lowerBound + last) / 2
            range =
                windows[middle].window.high < value
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound < windows.count ? range.lowerBound : nil
    }
}
