// Hostile bytes, each file named by its defect (Fixtures/hostile), and honest ones: the promise of reading holds for both.

import Foundation
import Testing

@Suite struct HostileInputTests {
    @Test(arguments: try inputs("footer")) func footerPromiseIsKept(input: URL) throws {
        #expect(FooterPromise.breach(by: Array(try Data(contentsOf: input))) == nil)
    }

    @Test(arguments: Fixture.allCases) func promiseIsKeptForHonestFiles(fixture: Fixture) throws {
        #expect(FooterPromise.breach(by: try fixture.file()) == nil)
        #expect(FooterPromise.breach(by: try fixture.footer()) == nil)
    }

    static func inputs(_ parser: String) throws -> [URL] {
        let folder = Bundle.module.bundleURL.appending(path: "Fixtures/hostile/\(parser)")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
    }
}
