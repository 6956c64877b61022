/// What a URL may say, and what never shows.
import Postgres
import Testing

@Suite struct ConfigurationTests {
    @Test(
        arguments: [
            "postgresql://offload:hunter2@localhost/offload",
            "postgresql://offload@localhost/offload?password=hunter2",
            "postgresql://offload@localhost/offload?sslpassword=hunter2",
            "postgresql://offload:hun%zzhunter2@localhost/offload",
            "postgresql://offload:hunter2@[::1/offload",
            "postgresql://offload:hunter2@localhost:x:y/offload",
            "postgresql://offload@localhost/offload?pasword=hunter2",
            "host=localhost password=hunter2",
            "http://offload:hunter2@localhost/offload",
        ])
    func passwordsInTheURLAreRefusedWithoutBeingRepeated(url: String) async throws {
        let error = try await postgresError { _ = try PostgresConfiguration(url: url, password: nil) }
        #expect(error.code == .invalidConfiguration)
        #expect(!error.debugDescription.contains("hunter2"))
        #expect(error.hint != nil)
    }

    @Test func passwordShowsNowhere() throws {
        let configuration = try PostgresConfiguration(
            url: "postgresql://offload@db1,db2:5433/warehouse?sslmode=verify-full", password: "hunter2")
        #expect(configuration.description == "postgresql://offload@db1,db2:,5433/warehouse")
        var dumped = ""
        dump(configuration, to: &dumped)
        dump(PostgresClient(configuration), to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped, "\([configuration])"] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test func settingsReachTheServer() async throws {
        let client = try TestServer.client(statementTimeout: .seconds(7), lockTimeout: .milliseconds(1500))
        let sql = """
            SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
                current_setting('application_name') AS name, current_setting('transaction_isolation') AS isolation
            """
        let inside = try await client.transaction { try await $0.query(sql)[0] }
        #expect(try inside.string("statement") == "7s")
        #expect(try inside.string("lock") == "1500ms")
        #expect(try inside.string("name") == "iceberg-offload")
        #expect(try inside.string("isolation") == "read committed")
        let after = try await client.query(sql)[0]
        #expect(try after.string("lock") != "1500ms", "nothing stays behind in the session")
    }
}
