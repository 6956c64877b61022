// Whether the warehouse takes an object, gives it back and lets it go again.
import FoundationEssentials
import OffloadCore

extension WarehouseFiles {
    /// Writes, reads and removes one small object of a name that nothing else has.
    ///
    /// - Throws: `OffloadError` saying which of the three does not work.
    public func probe() async throws {
        let location = "file://\(root)/offload-probe-\(UUID.fresh().uuidString.lowercased())"
        let bytes = Array("probe".utf8)
        try await put(bytes, at: location)
        let read = try await get(location)
        try await remove(location)
        guard read == bytes else {
            throw OffloadError(
                .lakeUnavailable, "the warehouse gives back other bytes than were written",
                context: ["location": location], hint: "check the file system that holds \(root)")
        }
    }
}
