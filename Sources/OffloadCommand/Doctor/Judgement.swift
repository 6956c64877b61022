// The doctor's rules, without a server: facts in, findings out.
import OffloadCore
import OffloadIO

enum Judgement {
    /// Two clocks may differ by a second; by more than half the settle time, rows could be skipped or come too late.
    ///
    /// - Parameter skew: the server's clock less ours.
    static func clock(_ server: String, skew: Duration, settle: Duration) -> Finding {
        let subject = "clock of \(server)"
        let distance = skew < .zero ? .zero - skew : skew
        let detail =
            distance < .milliseconds(100)
            ? "as ours" : "\(distance.shortText) \(skew < .zero ? "behind" : "ahead of") ours"
        let hint = "keep the clocks of all hosts in step (chrony or systemd-timesyncd)"
        if distance <= .seconds(1) { return .ok(subject, detail) }
        return distance > settle / 2
            ? .failure(subject, detail + ", more than half the settle time", hint: hint)
            : .warning(subject, detail, hint: hint)
    }

    /// What other hosts can reach asks for TLS and a password, or should.
    static func endpoint(_ metrics: MetricsConfiguration) -> Finding {
        let host = metrics.listen.host
        let isLocal = host == "localhost" || host == "::1" || host.hasPrefix("127.")
        if isLocal || metrics.webConfig != nil {
            return .ok("metrics", "\(metrics.listen)\(metrics.webConfig.map { ", as \($0) says" } ?? "")")
        }
        return .warning(
            "metrics", "\(metrics.listen): whoever reaches that address may read them",
            hint: "metrics: {web_config: web.yaml}, see config/web.example.yaml; or listen on 127.0.0.1")
    }

    static func database(_ facts: DatabaseFacts, latestMigration: Int64) -> [Finding] {
        [
            version(facts), role(facts), synchronousCommit(facts), migration(facts, latest: latestMigration),
            privileges(facts), catalog(facts),
        ].compactMap { $0 }
    }

    private static func version(_ facts: DatabaseFacts) -> Finding {
        guard facts.versionNumber >= 130_000 else {
            return .failure(
                "postgres", "version \(facts.version) is older than 13", hint: "upgrade the server")
        }
        return .ok("postgres", "version \(facts.version), user \(facts.user)")
    }

    private static func role(_ facts: DatabaseFacts) -> Finding {
        guard facts.isStandby else { return .ok("postgres role", "primary") }
        return .failure(
            "postgres role", "a standby, which takes no writes",
            hint: "name the primary in postgres.url, or all servers of the cluster: host1,host2")
    }

    /// Without it a crash may take back a commit whose source rows are dropped already.
    private static func synchronousCommit(_ facts: DatabaseFacts) -> Finding {
        guard facts.synchronousCommit == "off" else {
            return .ok("synchronous_commit", facts.synchronousCommit)
        }
        return .failure(
            "synchronous_commit", "off: a crash of the server may take back what was committed",
            hint: "ALTER ROLE \(facts.user) SET synchronous_commit = on")
    }

    private static func migration(_ facts: DatabaseFacts, latest: Int64) -> Finding {
        let hint =
            facts.mayCreate
            ? "iceberg-offload migrate"
            : "as one who may: iceberg-offload migrate --dry-run | psql -d DATABASE -f -"
        guard let migration = facts.migration else {
            return facts.mayCreate
                ? .warning("ledger", "not migrated yet", hint: hint)
                : .failure("ledger", "not migrated yet, and \(facts.user) may not create tables", hint: hint)
        }
        if migration > latest {
            return .failure(
                "ledger", "V\(migration) is newer than this program, which knows V\(latest)",
                hint: "install the newer iceberg-offload")
        }
        return migration == latest
            ? .ok("ledger", "V\(migration)")
            : .warning("ledger", "V\(migration), this program brings V\(latest)", hint: hint)
    }

    private static func privileges(_ facts: DatabaseFacts) -> Finding? {
        guard facts.migration != nil else { return nil }
        guard !facts.missingGrants.isEmpty else { return .ok("ledger grants", "all that is needed") }
        return .failure(
            "ledger grants", "\(facts.user) lacks \(facts.missingGrants.joined(separator: ", "))",
            hint: facts.missingGrants.map { "GRANT \($0) TO \(facts.user);" }.joined(separator: " "))
    }

    /// Java looks its tables up in all schemas at once and is misled by a second set (JdbcCatalog, getTables).
    private static func catalog(_ facts: DatabaseFacts) -> Finding? {
        guard !facts.catalogSchemas.isEmpty else { return nil }
        guard facts.catalogSchemas.count == 1 else {
            return .warning(
                "catalog",
                "iceberg_tables stands in \(facts.catalogSchemas.count) schemas: "
                    + facts.catalogSchemas.joined(separator: ", "),
                hint: "keep one; Java readers look in all schemas and may take the other")
        }
        return facts.isCatalogV1
            ? .ok("catalog", "SQL catalog V1 in schema \(facts.catalogSchemas[0])")
            : .failure(
                "catalog", "iceberg_tables is of schema version V0",
                hint: "ALTER TABLE iceberg_tables ADD COLUMN iceberg_type VARCHAR(5)")
    }

    /// - Parameter freeSpace: bytes; nil where there is no limit.
    static func space(_ freeSpace: Int64?) -> Finding {
        guard let freeSpace else { return .ok("free space", "no limit") }
        let detail = "\((freeSpace >> 20).grouped) MiB"
        let hint = "free space on the warehouse's disk; a full one stops every table and loses nothing"
        if freeSpace < 1 << 30 { return .failure("free space", detail, hint: hint) }
        return freeSpace < 10 << 30
            ? .warning("free space", detail, hint: hint) : .ok("free space", detail)
    }

    /// A commit needs a file that is durable once it is written, and visible to everybody at once.
    ///
    /// - Parameter name: as the kernel's list of mounts has it; nil: it does not say.
    static func fileSystem(_ name: String?) -> Finding {
        switch name {
        case "tmpfs"?:
            .warning("file system", "tmpfs: empty after a restart of the host", hint: "use a disk")
        case let name? where ["nfs", "nfs4", "cifs", "smb3"].contains(name) || name.hasPrefix("fuse"):
            .warning(
                "file system", "\(name): readers on other hosts may see new files late",
                hint: "mount it with sync and without attribute caching")
        default: .ok("file system", name ?? "unknown")
        }
    }
}
