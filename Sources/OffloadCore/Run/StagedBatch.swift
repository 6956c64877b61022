// Window to StagedBatch: one Parquet file per partition, in the warehouse, durable, and referenced by nothing yet.
import FoundationEssentials
import Iceberg

/// Proof that a window's rows are in the warehouse. Only `Stager` makes it.
public struct StagedBatch: Sendable {
    public let trace: BatchTrace
    public let window: Window
    /// What the source counted per partition before the copy; one data file each, in the same order.
    public let slices: [PartitionSlice]
    public let files: [DataFile]

    public var rowCount: Int64 { files.reduce(0) { $0 + $1.recordCount } }
    public var byteCount: Int64 { files.reduce(0) { $0 + $1.fileSizeInBytes } }

    fileprivate init(trace: BatchTrace, window: Window, slices: [PartitionSlice], files: [DataFile]) {
        self.trace = trace
        self.window = window
        self.slices = slices
        self.files = files
    }
}

/// Copies a window into data files, after writing down where they will be.
struct Stager {
    let doors: Doors

    func stage(
        _ window: Window, of table: SourceTable, to target: LakeTable, in turn: Turn
    ) async throws -> StagedBatch {
        let id = doors.freshBatch()
        let slices = try await doors.source.split(window, of: table, for: target).filter { $0.rowCount > 0 }
        guard !slices.isEmpty else {
            throw OffloadError(
                .countMismatch, "the rows of the window vanished since it was planned; nothing was committed",
                table: table.name, isRetryable: true,
                hint: "a TTL or a deletion was quicker; the next cycle plans from what is there then")
        }
        let locations = slices.enumerated().map {
            target.dataFileLocation(of: $1.values, batch: id, number: $0)
        }
        let trace = BatchTrace(id: id, metadataFolder: target.metadataFolder, dataFiles: locations)
        try await doors.ledger.open(BatchIntent(trace: trace, window: window), in: turn)
        do {
            var files: [DataFile] = []
            for (number, slice) in slices.enumerated() {
                files.append(
                    try await copy(
                        slice, of: window, of: table, to: target, label: "\(id)-\(number)",
                        at: locations[number]))
            }
            return StagedBatch(trace: trace, window: window, slices: slices, files: files)
        } catch {
            await discard(trace, in: turn)
            throw error
        }
    }

    /// Removes a batch that will certainly never be committed. What cannot be removed now is a stray, which the
    /// ledger knows and the next turn removes; so a failure here must not hide the failure that led here.
    func discard(_ trace: BatchTrace, in turn: Turn) async {
        try? await doors.sheltered {
            try await doors.lake.remove(trace)
            try await doors.ledger.strikeOff(trace.id, in: turn)
        }
    }

    private func copy(
        _ slice: PartitionSlice, of window: Window, of table: SourceTable, to target: LakeTable,
        label: String,
        at location: String
    ) async throws -> DataFile {
        let draft = try await doors.lake.draft(at: location, slice: slice, of: target)
        do {
            try await doors.source.copy(slice, of: window, of: table, for: target, label: label, into: draft)
            return try await draft.finish()
        } catch {
            await draft.abandon()
            throw error
        }
    }
}
