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

/// The warehouse of Iceberg tables. Every call throws `OffloadError`.
public protocol Lake: Sendable {
    /// The target of a source table, created from the source's columns when it is absent.
    ///
    /// - Parameter uuid: the table that rows went to before; it is never created anew. Nil: there is none yet.
    func open(_ table: SourceTable, known uuid: String?) async throws -> LakeTable

    /// Begins a data file for one partition at a location that must not exist yet.
    func draft(at location: String, slice: PartitionSlice, of table: LakeTable) async throws
        -> any DataFileDraft

    /// Removes every file of a batch that will never be committed; one that is not there is fine.
    func remove(_ trace: BatchTrace) async throws
}
