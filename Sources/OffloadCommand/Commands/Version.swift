// `iceberg-offload version`: this program's version and those of the libraries it runs on.
import ArgumentParser

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the version of this program and of its libraries.")

    @Flag(help: "Print JSON for programs instead of text for people.")
    var json = false

    func run() throws {
        Standard.output.write(json ? JSONOutput.text(ProgramVersion.json) : ProgramVersion.lines)
    }
}
