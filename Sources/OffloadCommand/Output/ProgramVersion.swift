// The program's version, and what it is built on.
import CBuildInfo
import HTTPTransport
import Iceberg
import Postgres

enum ProgramVersion {
    /// The one place where the version stands.
    static let text = "0.1.0"

    /// The commit it was built from; `unknown` where the build was not told.
    static let commit = String(cString: cbuildinfo_commit())

    static var lines: String {
        """
        iceberg-offload \(text)
        commit \(commit)
        Swift \(swift)
        libpq \(PostgresClient.libraryVersion)
        libcurl \(HTTPClient.libraryVersion)

        """
    }

    static var json: JSONValue {
        [
            "version": .string(text), "commit": .string(commit), "swift": .string(swift),
            "libpq": .string(PostgresClient.libraryVersion),
            "libcurl": .string(HTTPClient.libraryVersion),
        ]
    }

    /// The compiler's version, which only conditions can tell.
    private static var swift: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
