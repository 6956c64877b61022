// The metadata files that Iceberg's Java library wrote (Fixtures/README.md).
import Foundation
import Testing

struct MetadataFixture: CustomTestStringConvertible, Sendable {
    let table: String
    let name: String
    let bytes: [UInt8]

    var testDescription: String { "\(table)/\(name)" }

    /// Every metadata file, oldest first within its table.
    static let all: [MetadataFixture] = {
        guard let root = Bundle.module.url(forResource: "Fixtures/spark-iceberg-1.10.2", withExtension: nil)
        else {
            return []
        }
        return ["deleted", "evolved", "maintained", "trades"].flatMap { table -> [MetadataFixture] in
            let folder = root.appending(path: "\(table)/metadata")
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            return names.filter { $0.hasSuffix(".metadata.json") }.sorted().compactMap { name in
                guard let data = try? Data(contentsOf: folder.appending(path: name)) else { return nil }
                return MetadataFixture(table: table, name: name, bytes: Array(data))
            }
        }
    }()

    /// The current metadata file of every table.
    static let newest: [MetadataFixture] = Dictionary(grouping: all, by: \.table).values.compactMap(\.last)
        .sorted { $0.table < $1.table }
}
