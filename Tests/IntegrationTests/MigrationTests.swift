// The ledger's tables: made once whoever starts, never touched by a program that does not know them.
import OffloadCore
import OffloadIO
import Postgres
import Testing

@Suite struct MigrationTests {
    @Test func twoProcessesMigrateAtOnce() async throws {
        try await Stage.run(isMigrated: false) { stage in
            let clients = try (0..<4).map { _ in try Testbed.postgres(database: stage.name) }
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for client in clients { group.addTask { try await Migrator(client: client).migrate() } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Int64(applied.count) == Migrator.latestVersion)
            let table = try await stage.events(2)
            try await stage.offload(table)
            try await stage.expectExactlyOnce(table)
        }
    }

    @Test func scriptDoesWhatAMigrationDoes() async throws {
        try await Stage.run(isMigrated: false) { stage in
            let migrator = Migrator(client: stage.postgres)
            let script = try await migrator.script()
            #expect(script.hasPrefix("BEGIN;\n") && script.hasSuffix("COMMIT;\n"))
            try await stage.postgres.transaction { transaction in
                try await transaction.script(
                    String(script.dropFirst("BEGIN;".count).dropLast("COMMIT;\n".count)))
            }
            #expect(try await migrator.script().isEmpty)
            #expect(try await migrator.migrate().isEmpty)
            let table = try await stage.events(2)
            try await stage.offload(table)
            try await stage.expectExactlyOnce(table)
        }
    }

    @Test func unmigratedDatabaseSaysWhatToType() async throws {
        try await Stage.run(isMigrated: false) { stage in
            let error = try await stage.failure(of: stage.events(1))
            #expect(error.code == .notMigrated && error.hint?.contains("migrate") == true)
        }
    }

    @Test func ledgerOfAnOlderVersionSaysWhatToType() async throws {
        try await Stage.run { stage in
            _ = try await stage.postgres.query("ALTER TABLE offload_batches DROP COLUMN content_hash")
            let error = try await stage.failure(of: stage.events(1))
            #expect(error.code == .notMigrated && error.hint?.contains("migrate") == true)
        }
    }

    @Test func ledgerOfANewerVersionIsRefused() async throws {
        try await Stage.run { stage in
            _ = try await stage.postgres.query(
                "INSERT INTO offload_schema_migrations (version, name) VALUES (\(Migrator.latestVersion + 1), 'later')"
            )
            let error = try await #require(throws: OffloadError.self) {
                try await Migrator(client: stage.postgres).migrate()
            }
            #expect(error.code == .notMigrated)
        }
    }

    /// Java's default catalog is V0, without `iceberg_type`.
    @Test func catalogThatIsThereAlreadyIsTakenOver() async throws {
        try await Stage.run(isMigrated: false) { stage in
            _ = try await stage.postgres.query(
                """
                CREATE TABLE iceberg_tables (catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL,
                    table_name VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000),
                    previous_metadata_location VARCHAR(1000), PRIMARY KEY (catalog_name, table_namespace, table_name))
                """)
            _ = try await Migrator(client: stage.postgres).migrate()
            let table = try await stage.events(2)
            try await stage.offload(table)
            try await stage.expectReadBack(table)
        }
    }
}
