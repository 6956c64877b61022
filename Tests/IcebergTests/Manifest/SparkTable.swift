// The tables that Spark 3.5 with Iceberg 1.10.2 wrote, with the locations inside mapped to the fixtures.
import Foundation

@testable import Iceberg

enum SparkTable: String, CaseIterable {
    case trades, evolved, deleted, maintained

    private static let prefix = "file:/srv/lake/warehouse/fixtures/"

    private static let folder = (Bundle.module.resourceURL ?? Bundle.module.bundleURL)
        .appending(path: "Fixtures/spark-iceberg-1.10.2")

    /// Where the newest metadata file is, as the catalog would say it.
    var metadataLocation: String {
        get throws {
            let names = try FileManager.default.contentsOfDirectory(
                atPath: Self.folder.appending(path: "\(rawValue)/metadata").path)
            let newest = names.filter { $0.hasSuffix(".metadata.json") }.max() ?? ""
            return "\(Self.prefix)\(rawValue)/metadata/\(newest)"
        }
    }

    var metadata: TableMetadata {
        get throws { try TableMetadata(parsing: try Self.read(try metadataLocation)) }
    }

    static func read(_ location: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: String(location.dropFirst(prefix.count)))))
    }

    /// The manifests of a snapshot, the current one by default.
    func manifests(of snapshot: Snapshot? = nil) throws -> [ManifestFile] {
        guard let location = try snapshot?.manifestList ?? metadata.currentSnapshot?.manifestList else {
            return []
        }
        return try ManifestList(parsing: try Self.read(location), location: location).manifests
    }

    func manifest(_ row: ManifestFile) throws -> Manifest {
        let metadata = try metadata
        let partition = try metadata.spec(id: row.partitionSpecID)?.partitionType(in: metadata.currentSchema)
        return try Manifest(parsing: try Self.read(row.manifestPath), row: row, partition: partition ?? [])
    }
}
