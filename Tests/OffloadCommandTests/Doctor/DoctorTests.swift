// The doctor's rules and its report, without a server.
import OffloadIO
import Testing

@testable import OffloadCommand

@Suite struct DoctorTests {
    private func facts(_ change: (inout DatabaseFacts) -> Void = { _ in }) -> DatabaseFacts {
        var facts = DatabaseFacts(
            versionNumber: 150_004, version: "15.4", user: "offload", isStandby: false,
            synchronousCommit: "on",
            microseconds: 0, migration: 1, missingGrants: [], mayCreate: true, catalogSchemas: ["public"],
            isCatalogV1: true)
        change(&facts)
        return facts
    }

    private func findings(_ change: (inout DatabaseFacts) -> Void) -> [String] {
        Judgement.database(facts(change), latestMigration: 1).filter { $0.outcome != .ok }
            .map { "\($0.outcome) \($0.subject)" }
    }

    @Test func aGoodDatabaseIsAllTicks() {
        let findings = Judgement.database(facts(), latestMigration: 1)
        #expect(
            findings.map { "\($0.subject): \($0.detail)" } == [
                "postgres: version 15.4, user offload", "postgres role: primary", "synchronous_commit: on",
                "ledger: V1", "ledger grants: all that is needed",
                "catalog: SQL catalog V1 in schema public",
            ])
        #expect(findings.allSatisfy { $0.outcome == .ok })
    }

    @Test func everyDefectOfADatabaseIsFound() {
        #expect(findings { $0.versionNumber = 120_018 } == ["failure postgres"])
        #expect(findings { $0.isStandby = true } == ["failure postgres role"])
        #expect(findings { $0.synchronousCommit = "off" } == ["failure synchronous_commit"])
        #expect(findings { $0.migration = 2 } == ["failure ledger"])
        #expect(findings { $0.migration = 0 } == ["warning ledger"])
        #expect(findings { $0.missingGrants = ["UPDATE ON offload_files"] } == ["failure ledger grants"])
        #expect(findings { $0.catalogSchemas = ["other", "public"] } == ["warning catalog"])
        #expect(findings { $0.isCatalogV1 = false } == ["failure catalog"])
    }

    @Test func anEndpointThatOthersReachIsToBeGuarded() {
        let outcome = { (host: String, web: String?) in
            Judgement.endpoint(.init(listen: .init(host: host), webConfig: web)).outcome
        }
        #expect(["127.0.0.1", "127.1.2.3", "::1", "localhost"].allSatisfy { outcome($0, nil) == .ok })
        #expect(["0.0.0.0", "::", "10.0.0.1", "metrics.example"].allSatisfy { outcome($0, nil) == .warning })
        #expect(outcome("0.0.0.0", "/etc/web.yaml") == .ok)
    }

    @Test func aDatabaseBeforeItsFirstMigrationOnlyNeedsTheRightToCreate() {
        let fresh = { (facts: inout DatabaseFacts) in
            facts.migration = nil
            facts.catalogSchemas = []
        }
        #expect(findings(fresh) == ["warning ledger"])
        #expect(
            findings {
                fresh(&$0)
                $0.mayCreate = false
            } == ["failure ledger"])
    }

    @Test(arguments: [
        (0.05, 300, Finding.Outcome.ok, "as ours"),
        (-1.0, 300, .ok, "1.0 s behind ours"),
        (1.5, 300, .warning, "1.5 s ahead of ours"),
        (-150.0, 300, .warning, "2 min 30 s behind ours"),
        (151, 300, .failure, "2 min 31 s ahead of ours, more than half the settle time"),
        (1.5, 0, .failure, "1.5 s ahead of ours, more than half the settle time"),
    ])
    func clocksMayDifferByHalfTheSettleTime(
        skew: Double, settle: Int, outcome: Finding.Outcome, detail: String
    ) {
        let finding = Judgement.clock("clickhouse", skew: .seconds(skew), settle: .seconds(settle))
        #expect(finding.outcome == outcome)
        #expect(finding.detail == detail)
    }

    @Test(
        arguments: [
            (nil, .ok), (11 << 30, .ok), (9 << 30, .warning), (1 << 29, .failure),
        ] as [(Int64?, Finding.Outcome)])
    func aFullDiskIsSeenBeforeItIsFull(freeSpace: Int64?, outcome: Finding.Outcome) {
        #expect(Judgement.space(freeSpace).outcome == outcome)
    }

    @Test(
        arguments: [
            ("ext4", .ok), (nil, .ok), ("tmpfs", .warning), ("nfs4", .warning),
            ("fuse.s3fs", .warning),
        ] as [(String?, Finding.Outcome)])
    func fileSystemsThatForgetOrLagAreWarnedOf(name: String?, outcome: Finding.Outcome) {
        #expect(Judgement.fileSystem(name).outcome == outcome)
    }

    @Test func theInnermostMountHoldsAFolder() {
        let table = MountTable(
            """
            /dev/root / ext4 rw 0 0
            tmpfs /srv tmpfs rw 0 0
            /dev/sdb /srv/lake\\040one xfs rw 0 0
            /dev/sdc / btrfs rw 0 0
            """)
        #expect(table.fileSystem(of: "/srv/lake one/warehouse") == "xfs")
        #expect(table.fileSystem(of: "/srv/lake") == "tmpfs")
        #expect(table.fileSystem(of: "/srvx") == "btrfs")
        #expect(MountTable("").fileSystem(of: "/srv") == nil)
    }

    @Test func theReportHasALinePerFinding() {
        var diagnosis = Diagnosis()
        diagnosis.add([.ok("warehouse", "/srv/lake"), .warning("free space", "5 MiB", hint: "free some")])
        #expect(diagnosis.outcome == .warning)
        diagnosis.add([.failure("postgres", "no answer", hint: nil)])
        #expect(diagnosis.outcome == .failure)
        #expect(
            diagnosis.text == """
                ✓ warehouse   /srv/lake
                ! free space  5 MiB
                  hint: free some
                ✗ postgres    no answer

                """)
        #expect(
            JSONOutput.text(diagnosis.json) == """
                {"outcome":"failure","findings":[{"subject":"warehouse","outcome":"ok","detail":"/srv/lake",\
                "hint":null},{"subject":"free space","outcome":"warning","detail":"5 MiB","hint":"free some"},\
                {"subject":"postgres","outcome":"failure","detail":"no answer","hint":null}]}

                """)
    }
}
