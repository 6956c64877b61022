// The program as an operator types it, on a stage of its own.
import Foundation
import OffloadCore
import Testing

extension Stage {
    /// Runs `iceberg-offload` and gives its exit code and what it printed, errors and all.
    ///
    /// - Parameter words: its arguments; `_` is a space within one.
    func program(_ words: String, _ tables: TableDefinition...) async throws -> (
        status: Int32, output: String
    ) {
        let file = warehouse + "/../\(name).yaml"
        try Data(configuration(of: tables).utf8).write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        let tests = try #require(Bundle.main.executableURL)
        return try await Testbed.run(
            tests.deletingLastPathComponent().appendingPathComponent("iceberg-offload"),
            words.split(separator: " ").map { String($0).replacing("_", with: " ") } + ["--config", file])
    }

    private func configuration(of tables: [TableDefinition]) throws -> String {
        let server =
            "\(try Testbed.variable("PGUSER"))@\(try Testbed.variable("PGHOST")):\(try Testbed.postgresPort)"
        let entries = tables.map {
            "  - {source: \($0.source), target: \($0.target), cursor: \($0.cursor)}\n"
        }
        return """
            clickhouse:
              url: \(try Testbed.variable("CLICKHOUSE_URL"))
              user: \(try Testbed.variable("CLICKHOUSE_USER"))
              password_file: \(try Testbed.variable("OFFLOAD_CH_PASSWORD_FILE"))
            postgres:
              url: postgresql://\(server)/\(name)
              password_file: \(try Testbed.variable("OFFLOAD_PG_PASSWORD_FILE"))
            warehouse: file://\(warehouse)
            schedule: {settle: 0s}
            tables:
            \(entries.joined())
            """
    }
}
