// The servers that `testbed/up` started, and the Python beside them, as the environment tells.
import ClickHouse
import Foundation
import Postgres

enum Testbed {
    struct Missing: Error, CustomStringConvertible {
        let variable: String
        var description: String { "\(variable) is not set: these tests need the testbed, run `make test`" }
    }

    /// Tests at work at the same time: the servers have room for more, two cores have not.
    static let places = Places(count: 4)

    static func variable(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else { throw Missing(variable: name) }
        return value
    }

    static func clickhouse(url: String? = nil, password: String? = nil) throws -> ClickHouseClient {
        ClickHouseClient(
            .init(
                url: try url ?? variable("CLICKHOUSE_URL"), user: try variable("CLICKHOUSE_USER"),
                password: try password ?? secret("OFFLOAD_CH_PASSWORD_FILE")))
    }

    static func postgres(
        database: String, port: Int? = nil, password: String? = nil
    ) throws -> PostgresClient {
        let port = try port.map(String.init) ?? variable("PGPORT")
        let address = "\(try variable("PGUSER"))@\(try variable("PGHOST")):\(port)"
        return PostgresClient(
            try PostgresConfiguration(
                url: "postgresql://\(address)/\(database)",
                password: try password ?? secret("OFFLOAD_PG_PASSWORD_FILE"),
                connectTimeout: .seconds(5), connectionCountMax: 4))
    }

    static var postgresPort: Int { get throws { Int(try variable("PGPORT")) ?? 0 } }

    static var clickhousePort: Int {
        get throws { URL(string: try variable("CLICKHOUSE_URL"))?.port ?? 0 }
    }

    /// Runs Python with the testbed's modules and gives what it printed, errors and all.
    static func python(_ arguments: [String], database: String) async throws -> (
        status: Int32, output: String
    ) {
        let modules = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../testbed").standardizedFileURL.path
        return try await run(
            URL(fileURLWithPath: try variable("TESTBED_PYTHON")), arguments,
            environment: ["PYTHONPATH": modules, "PYTHONDONTWRITEBYTECODE": "1", "PGDATABASE": database])
    }

    /// Runs a program to its end and gives what it printed, errors and all.
    ///
    /// - Parameter environment: what is added to ours.
    static func run(
        _ program: URL, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "output-\(UUID().uuidString)")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try FileHandle(forWritingTo: file)
        process.standardOutput = output
        process.standardError = output
        let status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        return (status, try String(contentsOf: file, encoding: .utf8))
    }

    /// The script `read_back.py` and its fellows.
    static func script(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../testbed/\(name)").standardizedFileURL.path
    }

    private static func secret(_ variable: String) throws -> String {
        try String(contentsOfFile: try self.variable(variable), encoding: .utf8)
            .trimmingCharacters(in: .newlines)
    }
}

/// A number of places that are taken in turn.
actor Places {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(count: Int) { free = count }

    func take() async {
        if free > 0 { free -= 1 } else { await withCheckedContinuation { waiting.append($0) } }
    }

    func giveBack() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
