// The door to where rows go: the files of Iceberg tables.
import Iceberg

/// A data file that is being written.
public protocol DataFileDraft: Sendable {
    /// Takes the next bytes, on whatever thread they arrive; blocks until they are handed to the storage.
    func write(_ bytes: UnsafeRawBufferPointer) throws

    /// Gives the columns their field ids, makes the file durable and tells what a manifest has to say of it.
    func finish() async throws -> DataFile

    /// Removes what was written.
    func abandon() async
}

/// A finished data file, open for reading.
public protocol DataFileContent: Sendable {
    /// What it has of the table's columns: ids and types are the table's, names the file's.
    var fields: [NestedField] { get }

    var byteCount: Int64 { get }

    /// Puts bytes from `offset` on into `buffer` and returns how many; zero only at the end. Blocks.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// The warehouse of Iceberg tables. Every call throws `OffloadError`.
public protocol Lake: Sendable {
    /// The target of a source table, created from the source's columns when it is absent.
    ///
    /// - Parameter uuid: the table that rows went to before; it is never created anew. Nil: there is none yet.
    func open(_ table: SourceTable, known uuid: String?) async throws -> LakeTable

    /// Begins a data file for one partition at a location that must not exist yet.
    func draft(at location: String, slice: PartitionSlice, of table: LakeTable) async throws
        -> any DataFileDraft

    /// Opens a finished data file of a table, whoever wrote it.
    func content(of location: String, in table: LakeTable) async throws -> any DataFileContent

    /// Removes every file of a batch that will never be committed; one that is not there is fine.
    func remove(_ trace: BatchTrace) async throws
}
