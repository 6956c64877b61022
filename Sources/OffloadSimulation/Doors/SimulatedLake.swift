// The lake's door in memory: data files are lists of rows.
import Iceberg
import OffloadCore
import Synchronization

struct SimulatedLake: Lake {
    let world: SimulatedWorld

    func open(_ table: SourceTable, known uuid: String?) async throws -> LakeTable {
        try world.withState { try $0.shelf.open(table, known: uuid) }
    }

    func draft(
        at location: String, slice: PartitionSlice, of table: LakeTable
    ) async throws -> any DataFileDraft {
        try world.withState { state in
            guard state.shelf.files[location] == nil else {
                throw OffloadError(.lakeUnavailable, "there is a file already: \(location)")
            }
            if let batch = BatchID(ofDataFileAt: location), state.books.batches[batch]?.status == .abandoned {
                state.zombieFiles.insert(location)
            }
            state.shelf.files[location] = .some(nil)
        }
        return SimulatedDraft(
            world: world, location: location, slice: slice, table: table)
    }

    func content(of location: String, in table: LakeTable) async throws -> any DataFileContent {
        try world.withState { state in
            guard let rows = state.shelf.files[location] ?? nil else {
                throw OffloadError(.lakeUnavailable, "there is no such file: \(location)")
            }
            return SimulatedContent(
                fields: table.schema.fields, bytes: Array(rows.map(\.encoded).joined().utf8))
        }
    }

    func remove(_ trace: BatchTrace) async throws {
        world.withState { state in
            for location in trace.dataFiles { state.shelf.files[location] = nil }
        }
    }
}

/// The lines of a finished file.
private struct SimulatedContent: DataFileContent {
    let fields: [NestedField]
    let bytes: [UInt8]

    var byteCount: Int64 { Int64(bytes.count) }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let part = bytes.dropFirst(Int(offset)).prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }
}

/// Collects lines, and makes rows of them when it is finished.
final class SimulatedDraft: DataFileDraft {
    private let world: SimulatedWorld
    private let location: String
    private let slice: PartitionSlice
    private let table: LakeTable
    private let bytes = Mutex<[UInt8]>([])

    init(
        world: SimulatedWorld, location: String, slice: PartitionSlice, table: LakeTable
    ) {
        self.world = world
        self.location = location
        self.slice = slice
        self.table = table
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        self.bytes.withLock { $0 += bytes }
    }

    func finish() async throws -> DataFile {
        let bytes = bytes.withLock { $0 }
        let rows = try SimulatedRow.rows(decoding: bytes[...])
        // As with a folder's file that is open: once it has been removed, what is written to it is gone.
        world.withState { state in
            if state.shelf.files[location] != nil { state.shelf.files[location] = rows }
        }
        return DataFile(
            filePath: location, specID: table.spec.specID, partition: slice.values,
            recordCount: Int64(rows.count), fileSizeInBytes: Int64(bytes.count))
    }

    func abandon() async {
        world.withState { $0.shelf.files[location] = nil }
    }
}
