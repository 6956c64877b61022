// The smallest configuration that passes, and how tests read, break and compare configurations.
import Foundation
import Testing

@testable import OffloadCommand

/// The sections that must be there; tests add to them. Its last line is line 6, so that added keys begin in
/// line 7.
let requiredSections = """
    clickhouse: {url: "http://127.0.0.1:8123"}
    postgres: {url: "postgresql://offload@127.0.0.1:5432/offload"}
    warehouse: file:///var/lib/lake
    tables:
      - {source: k2.trades, target: cold.trades, cursor: at}
      # further tables follow

    """

func parsedConfiguration(_ yaml: String, environment: [String: String] = [:], folder: String = "/nowhere")
    throws
    -> OffloadConfiguration
{
    try OffloadConfiguration.parse(yaml, file: "offload.yaml", folder: folder, environment: environment)
}

/// The issues of a configuration that must be refused, one per line.
func configurationIssues(of yaml: String, environment: [String: String] = [:], folder: String = "/nowhere")
    -> [String]
{
    do {
        _ = try parsedConfiguration(yaml, environment: environment, folder: folder)
        Issue.record("was accepted: \(yaml)")
        return []
    } catch let error as ConfigurationError {
        return error.issues.map(\.description)
    } catch {
        Issue.record("\(error)")
        return []
    }
}

/// A folder that is gone when the test is.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("offload-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
}

func writeFile(_ text: String, to path: String, mode: Int = 0o600) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
}
