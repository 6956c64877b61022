// `iceberg-offload run`: the scheduler, until it is told to stop.
import ArgumentParser

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run cycles at every interval until SIGTERM or SIGINT.",
        discussion: """
            Brings the ledger up to date, runs a cycle at once and then at every multiple of schedule.interval \
            (UTC), and serves /metrics, /health, /ready and a status page. Of several that share a ledger one \
            works and the others stand by. SIGHUP reads the configuration again. The log goes to standard error.
            """)

    @OptionGroup var file: ConfigOption

    func run() async throws {
        try await SchedulerProcess(file).run()
    }
}
