// Arguments: what is taken, what is refused, and that every command explains itself.
import OffloadCore
import Testing

@testable import OffloadCommand

@Suite struct CommandTests {
    @Test(arguments: IcebergOffload.configuration.subcommands.indices)
    func everyCommandSaysWhatItIsFor(index: Int) {
        let command = IcebergOffload.configuration.subcommands[index]
        #expect(!command.configuration.abstract.isEmpty)
        #expect(command.configuration.abstract.hasSuffix("."))
    }

    @Test func theConfigurationHasADefaultPlace() throws {
        let command = try #require(try IcebergOffload.parseAsRoot(["status"]) as? Status)
        #expect(command.options.file.config == "/etc/iceberg-offload/offload.yaml")
        #expect(!command.options.json)
    }

    @Test func catchUpTakesItsLimits() throws {
        let arguments = ["catch-up", "--table", "k2.trades", "--until", "2026-01-01", "--dry-run", "--json"]
        let command = try #require(try IcebergOffload.parseAsRoot(arguments) as? CatchUp)
        #expect(command.selection.table == "k2.trades")
        #expect(command.until == "2026-01-01")
        #expect(command.dryRun && command.options.json)
    }

    @Test(arguments: [
        ["validate"], ["watermark", "history", "--limit", "0"], ["cycle", "k2.trades"], ["offload"],
        ["watermark", "init", "--table", "k2.trades"], ["watermark", "rewind", "--table", "k2.trades"],
        ["watermark", "init", "--table", "k2.trades", "--at", "7", "--from-lake"],
        ["watermark", "rewind", "--table", "k2.trades", "--to", "7", "--accept-lost", "-1"],
    ])
    func wrongUsageIsRefused(arguments: [String]) {
        #expect(throws: (any Error).self) { try IcebergOffload.parseAsRoot(arguments) }
    }

    @Test func anUnknownTableIsAnsweredWithTheNearest() throws {
        var configuration = OffloadConfiguration()
        for name in ["trades", "quotes"] {
            var table = TableConfiguration()
            table.source = TableName(namespace: "k2", name: name)
            configuration.tables.append(table)
        }
        #expect(try TableOption.table("k2.quotes", of: configuration).source.name == "quotes")
        #expect {
            try TableOption.table("k2.trade", of: configuration)
        } throws: { "\($0)".contains("did you mean k2.trades?") }
        #expect {
            try TableOption.table("other", of: configuration)
        } throws: { "\($0)".contains("there are: k2.trades, k2.quotes") }
    }

    @Test func oneFailureOfManyTablesIsSaidOnce() {
        let down = (1...5).map {
            OffloadError(.sourceUnavailable, "no answer", table: "k2.t\($0)", hint: "start it")
        }
        let odd = OffloadError(.typeUnmapped, "no mapping", table: "k2.odd")
        #expect(
            CommandFailure.text(of: down + [odd]) == """
                iceberg-offload: k2.t1, k2.t2, k2.t3 and 2 more: no answer
                hint: start it
                iceberg-offload: k2.odd: no mapping

                """)
        #expect(
            CommandFailure.text(of: [OffloadError(.notMigrated, "no ledger")])
                == "iceberg-offload: no ledger\n")
    }
}
