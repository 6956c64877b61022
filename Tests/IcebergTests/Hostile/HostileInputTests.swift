// Hostile bytes, each file named by its defect (Fixtures/hostile), and honest ones: the promise of reading holds for both.
import Foundation
import Testing

@Suite struct HostileInputTests {
    @Test(arguments: try inputs("avro")) func avroPromiseIsKept(input: URL) throws {
        #expect(AvroPromise.breach(by: Array(try Data(contentsOf: input))) == nil)
    }

    @Test(arguments: try inputs("metadata")) func metadataPromiseIsKept(input: URL) throws {
        #expect(MetadataPromise.breach(by: Array(try Data(contentsOf: input))) == nil)
    }

    @Test(arguments: MetadataFixture.newest) func promiseIsKeptForHonestTables(fixture: MetadataFixture) {
        #expect(MetadataPromise.breach(by: fixture.bytes) == nil)
    }

    static func inputs(_ parser: String) throws -> [URL] {
        let folder = Bundle.module.bundleURL.appending(path: "Fixtures/hostile/\(parser)")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
    }
}
