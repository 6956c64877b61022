// `iceberg-offload watermark init|rewind|repair`: watermarks set right by hand, as far as that is proven safe.
import ArgumentParser
import OffloadCore

/// What the three share: they look, they refuse or act, and they tell what they looked at.
struct RecoveryOptions: ParsableArguments {
    @OptionGroup var options: CommandOptions

    @Option(help: "The table, as `source` in the configuration: database.table.")
    var table: String

    @Flag(help: "Only tell what would be done; take no lease and change nothing.")
    var dryRun = false

    func session(_ verb: String) throws -> RecoverySession {
        let configuration = try options.load()
        return RecoverySession(
            definition: configuration.definitions([try TableOption.table(table, of: configuration)])[0],
            deployment: try Deployment(configuration), verb: verb, isDryRun: dryRun, printsJSON: options.json)
    }
}

struct WatermarkInit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Give a table that was never offloaded its starting position.",
        discussion: """
            Rows up to and including the position are left out; the command tells how many these are. Refuses if rows \
            may still arrive there, if the Iceberg table holds rows above it, which would be doubled, or if the table \
            was offloaded before. `--from-lake` takes over an Iceberg table that another tool has filled: the position \
            is its newest row, and both must have equally many rows up to there.
            """)

    @OptionGroup var recovery: RecoveryOptions

    @Option(help: "Begin behind this cursor value: an instant in UTC, or a whole number.")
    var at: String?

    @Flag(help: "Begin behind the newest row of the Iceberg table.")
    var fromLake = false

    func validate() throws {
        guard (at != nil) != fromLake else { throw ValidationError("say one of --at and --from-lake") }
    }

    func run() async throws {
        let point = at.map(StartingPoint.at) ?? .lake
        try await recovery.session("init").run { recovery, microseconds in
            try await recovery.start(point, microseconds: microseconds)
        }
    }
}

struct WatermarkRewind: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewind", abstract: "Move windows once more that the Iceberg table has lost.",
        discussion: """
            For an Iceberg table that was rolled back, restored from an older copy, or dropped: the windows above the \
            position are struck off the ledger, and the next cycle moves their rows again. Refuses if the Iceberg table \
            holds any row above the position, does not provably hold all rows up to it, or if ClickHouse does not have \
            all the rows to be moved again.
            """)

    @OptionGroup var recovery: RecoveryOptions

    @Option(help: "The end of a committed window, as `watermark history` prints it, or `beginning`.")
    var to: String

    @Option(help: "Go on although exactly so many rows are in neither ClickHouse nor Iceberg any more.")
    var acceptLost: Int64 = 0

    func validate() throws {
        guard acceptLost >= 0 else { throw ValidationError("--accept-lost is a number of rows") }
    }

    func run() async throws {
        try await recovery.session("rewind").run { recovery, _ in
            try await recovery.rewind(to: to, acceptingLost: acceptLost)
        }
    }
}

struct WatermarkRepair: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Bring watermark and ledger in line with what the Iceberg table proves.",
        discussion: """
            For a watermark that was edited or lost, and for a ledger that was emptied or restored from a backup: the \
            Iceberg table remembers our windows. Moves no row and leaves the Iceberg table as it is. With --dry-run it \
            is the diagnosis of a table that has stopped: it tells what each witness says, and what to type next.
            """)

    @OptionGroup var recovery: RecoveryOptions

    func run() async throws {
        try await recovery.session("repair").run { recovery, _ in try await recovery.repair() }
    }
}
