/// The PostgreSQL server of the test run, and a schema of its own for each test.
import Foundation
import Postgres
import Testing

/// What holds the suites that use the server: one test at a time, so that they share its connections.
@Suite(.serialized) enum ServerTests {}

enum TestServer {
    struct Missing: Error, CustomStringConvertible {
        let variable: String
        var description: String {
            "\(variable) is not set: these tests need a PostgreSQL server, run `make test`"
        }
    }

    /// A client of the server; the arguments replace what the environment says.
    static func client(
        host: String? = nil, port: Int? = nil, password: String? = nil, keywords: String = "",
        connectTimeout: Duration = .seconds(10), statementTimeout: Duration = .seconds(30),
        lockTimeout: Duration = .seconds(5), connectionCountMax: Int = 4
    ) throws -> PostgresClient {
        let host = try host ?? variable("PGHOST")
        let port = try port ?? self.port
        let url = try
            "postgresql:///\(variable("PGDATABASE"))?host=\(host)&port=\(port)&user=\(variable("PGUSER"))"
        let file = try variable("OFFLOAD_PG_PASSWORD_FILE")
        let stored = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .newlines)
        return PostgresClient(
            try PostgresConfiguration(
                url: url + keywords, password: password ?? stored, connectTimeout: connectTimeout,
                statementTimeout: statementTimeout, lockTimeout: lockTimeout,
                connectionCountMax: connectionCountMax))
    }

    static var port: Int {
        get throws {
            guard let port = Int(try variable("PGPORT")) else { throw Missing(variable: "PGPORT") }
            return port
        }
    }

    /// Runs `body` with the name of a table `(id bigint PRIMARY KEY, note text)` that no other test sees.
    static func withTable(_ body: (PostgresClient, String) async throws -> Void) async throws {
        let client = try client()
        let schema = "test_" + UUID().uuidString.replacing("-", with: "").lowercased()
        try await client.transaction {
            try await $0.script(
                "CREATE SCHEMA \(schema); CREATE TABLE \(schema).rows (id bigint PRIMARY KEY, note text)")
        }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(client, schema + ".rows")) } catch {
            outcome = .failure(error)
        }
        _ = try await client.query("DROP SCHEMA \(schema) CASCADE")
        try outcome.get()
    }

    private static func variable(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else { throw Missing(variable: name) }
        return value
    }
}

extension PostgresClient {
    func ids(_ table: String) async throws -> [Int64] {
        try await query("SELECT id FROM \(table) ORDER BY id").map { try $0.int64("id") }
    }

    /// Whether some backend other than the asking one runs a statement with `marker` in it.
    func runs(_ marker: String) async throws -> Bool {
        let rows = try await query(
            """
            SELECT 1 FROM pg_stat_activity
            WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%' || $1 || '%'
            """, [.text(marker)])
        return !rows.isEmpty
    }
}

/// Asks until `condition` holds; the server's own state tells when, not the clock.
func eventually(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, "the condition never came true")
        await Task.yield()
    }
}

/// The `PostgresError` that `body` throws.
func postgresError(_ body: () async throws -> Void) async throws -> PostgresError {
    try #require(await #expect(throws: PostgresError.self) { try await body() })
}
