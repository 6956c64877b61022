// The lake's door in memory: data files are lists of rows.
import Iceberg
import OffloadCore
import Synchronization

struct SimulatedLake: Lake {
    let world: SimulatedWorld
    let process: String

    func open(_ table: SourceTable, known uuid: String?) async throws -> LakeTable {
        try await world.call(.openLake, table.name, process) { try $0.shelf.open(table, known: uuid) }
    }

    func draft(
        at location: String, slice: PartitionSlice, of table: LakeTable
    ) async throws -> any DataFileDraft {
        try await world.call(.draft, table.name, process) { state in
            guard state.shelf.files[location] == nil else {
                throw OffloadError(.lakeUnavailable, "there is a file already: \(location)")
            }
            state.shelf.files[location] = .some(nil)
        }
        return SimulatedDraft(
            world: world, process: process, location: location, slice: slice, table: table)
    }

    func content(of location: String, in table: LakeTable) async throws -> any DataFileContent {
        try await world.call(.content, table.name, process) { state in
            guard let rows = state.shelf.files[location] ?? nil else {
                throw OffloadError(.lakeUnavailable, "there is no such file: \(location)")
            }
            return SimulatedContent(
                fields: table.schema.fields, bytes: Array(rows.map(\.encoded).joined().utf8))
        }
    }

    func remove(_ trace: BatchTrace) async throws {
        try await world.call(.remove, "", process) { state in
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
    private let process: String
    private let location: String
    private let slice: PartitionSlice
    private let table: LakeTable
    private let bytes = Mutex<[UInt8]>([])

    init(
        world: SimulatedWorld, process: String, location: String, slice: PartitionSlice, table: LakeTable
    ) {
        self.world = world
        self.process = process
        self.location = location
        self.slice = slice
        self.table = table
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        self.bytes.withLock { $0 += bytes }
    }

    func finish() async throws -> DataFile {
        let bytes = bytes.withLock { $0 }
        let rows = try String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .map(SimulatedRow.init(decoding:))
        try await world.call(.finish, table.name, process) { $0.shelf.files[location] = rows }
        return DataFile(
            filePath: location, specID: table.spec.specID, partition: slice.values,
            recordCount: Int64(rows.count), fileSizeInBytes: Int64(bytes.count))
    }

    func abandon() async {
        world.withState { $0.shelf.files[location] = nil }
    }
}
