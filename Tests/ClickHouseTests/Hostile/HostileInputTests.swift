/// Hostile bytes, each file named by its defect (Fixtures/hostile): the promise of reading holds for them.
import Foundation
import Testing

@Suite struct HostileInputTests {
    @Test(arguments: try inputs("grammar")) func grammarPromiseIsKept(input: URL) throws {
        #expect(GrammarPromise.breach(by: Array(try Data(contentsOf: input))) == nil)
    }

    @Test(arguments: try inputs("failure")) func failurePromiseIsKept(input: URL) throws {
        #expect(FailurePromise.breach(by: Array(try Data(contentsOf: input))) == nil)
    }

    static func inputs(_ parser: String) throws -> [URL] {
        let folder = Bundle.module.bundleURL.appending(path: "Fixtures/hostile/\(parser)")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
    }
}
