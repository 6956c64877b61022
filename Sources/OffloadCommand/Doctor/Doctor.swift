// Looks at everything this program depends on, one thing after the other, and goes on when one of them is ill.
import ClickHouse
import FoundationEssentials
import OffloadCore
import OffloadIO
import Postgres

struct Doctor {
    let configuration: OffloadConfiguration
    /// The wall clock, microseconds since 1970.
    let now: @Sendable () -> Int64

    func examine() async -> Diagnosis {
        var diagnosis = Diagnosis()
        diagnosis.add(secrets())
        diagnosis.add([Judgement.endpoint(configuration.metrics)])
        diagnosis.add(await clickhouse())
        diagnosis.add(await postgres())
        diagnosis.add(await warehouse())
        return diagnosis
    }

    /// Reading the configuration has refused files that others may read.
    private func secrets() -> [Finding] {
        [("clickhouse", configuration.clickhouse.password), ("postgres", configuration.postgres.password)]
            .map { server, password in
                switch password?.origin {
                case nil: .ok("password of \(server)", "none is sent")
                case .environment(let name): .ok("password of \(server)", "from the environment: \(name)")
                case .file(let path): .ok("password of \(server)", "\(path), private")
                }
            }
    }

    private func clickhouse() async -> [Finding] {
        let client = Deployment.clickhouse(of: configuration)
        do {
            // The first answer takes a connection with it; the clock is compared with the second one.
            _ = try await client.serverInfo()
            let before = now()
            let info = try await client.serverInfo()
            let skew = Duration.microseconds(info.microsecondsSinceEpoch - (before + now()) / 2)
            var findings: [Finding] = [
                .ok(
                    "clickhouse",
                    "version \(info.version), user \(configuration.clickhouse.user), time zone \(info.timeZone)"
                ),
                .ok("clickhouse settings", "the user may send them"),
                Judgement.clock("clickhouse", skew: skew, settle: settle),
            ]
            findings.append(await kill(client))
            return findings + (await tables(client))
        } catch let error as ClickHouseError {
            return [.failure("clickhouse", "\(error.description): \(error.message)", hint: error.hint)]
        } catch {
            return [.failure("clickhouse", String(describing: error), hint: nil)]
        }
    }

    /// A query that nobody runs is killed: what counts is whether the user may.
    private func kill(_ client: ClickHouseClient) async -> Finding {
        do {
            try await client.kill(queryID: "offload-doctor-\(UUID.fresh().uuidString)")
            return .ok("clickhouse KILL QUERY", "permitted")
        } catch {
            return .warning(
                "clickhouse KILL QUERY", "not permitted: a query we give up runs on to its end",
                hint: "GRANT KILL QUERY ON *.* TO \(configuration.clickhouse.user)")
        }
    }

    private func tables(_ client: ClickHouseClient) async -> [Finding] {
        let source = ClickHouseSource(client: client)
        let definitions = configuration.definitions()
        var findings: [Finding] = []
        do {
            let description = try await source.describe(definitions)
            for definition in definitions {
                findings.append(await table(definition, description, source))
            }
        } catch {
            findings.append(.failure("tables", .wrapping(error, table: "")))
        }
        return findings
    }

    private func table(
        _ definition: TableDefinition, _ description: SourceDescription, _ source: ClickHouseSource
    ) async -> Finding {
        let subject = "table \(definition.source)"
        do {
            let table = try description.table(definition.source)
            let hasRows = try await source.hasRows(table)
            let lossyColumns = table.columns.filter { !$0.isLossless }.map(\.name)
            let detail =
                "\(table.columns.count.counted("column")), \(hasRows ? "readable" : "readable, no rows")"
            guard !lossyColumns.isEmpty else { return .ok(subject, detail) }
            return .warning(
                subject, "\(detail), not lossless: \(lossyColumns.joined(separator: ", "))",
                hint: "iceberg-offload tables --table \(definition.source)")
        } catch {
            return .failure(subject, .wrapping(error, table: definition.source))
        }
    }

    private func postgres() async -> [Finding] {
        do {
            let client = try Deployment.postgres(of: configuration)
            // As above, the first answer takes a connection with it.
            _ = try await DatabaseFacts.read(from: client)
            let before = now()
            let facts = try await DatabaseFacts.read(from: client)
            let skew = Duration.microseconds(facts.microseconds - (before + now()) / 2)
            return Judgement.database(facts, latestMigration: Migrator.latestVersion)
                + [Judgement.clock("postgres", skew: skew, settle: settle)]
        } catch {
            return [.failure("postgres", .wrapping(error, table: ""))]
        }
    }

    private func warehouse() async -> [Finding] {
        do {
            let files = try Deployment.files(of: configuration)
            try await files.probe()
            return [
                .ok("warehouse", "\(files.root): written, read, removed"),
                Judgement.space(try await files.freeSpace()),
                Judgement.fileSystem(MountTable.current.fileSystem(of: files.root)),
            ]
        } catch {
            return [.failure("warehouse", .wrapping(error, table: ""))]
        }
    }

    /// The shortest of all tables: its rows have the least time to arrive.
    private var settle: Duration {
        configuration.definitions().map(\.settle).min() ?? configuration.schedule.settle
    }
}
