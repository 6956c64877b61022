/// Where the server is, who we are, and how long we wait.
import CLibPQ

/// The settings of every connection of one `PostgresClient`. The password shows in no description, dump or mirror.
public struct PostgresConfiguration: Sendable {
    /// How long one host may take to answer a connection attempt; 10 s by default.
    public let connectTimeout: Duration
    /// How long one statement may run; 30 s by default. Inside a transaction the server itself enforces it.
    public let statementTimeout: Duration
    /// How long one statement of a transaction may wait for a lock; 5 s by default.
    public let lockTimeout: Duration
    /// How long a transaction may sit between two statements before the server ends it; 60 s by default.
    ///
    /// Without it, a client that vanishes without a FIN keeps its row locks until the server's TCP keepalive notices,
    /// two hours later by Linux's default.
    public let idleInTransactionTimeout: Duration
    /// The most connections open at once; 8 by default. Each has a thread.
    public let connectionCountMax: Int

    /// libpq's keywords and their values, without the password.
    let keywords: [String: String]
    let password: String?

    /// - Parameters:
    ///   - url: `postgresql://user@host:port/database?keyword=value`, as in libpq's "Connection URIs"; what the URL says
    ///     of keepalives, `target_session_attrs` and the like wins over the defaults here.
    ///   - password: nil leaves it to libpq's own `passfile`.
    ///   - applicationName: what `pg_stat_activity` shows.
    /// - Throws: `PostgresError` of code `invalidConfiguration`; a URL that holds a password is refused.
    public init(
        url: String, password: String?, applicationName: String = "iceberg-offload",
        connectTimeout: Duration = .seconds(10), statementTimeout: Duration = .seconds(30),
        lockTimeout: Duration = .seconds(5), idleInTransactionTimeout: Duration = .seconds(60),
        connectionCountMax: Int = 8
    ) throws {
        precondition(connectionCountMax > 0, "a pool of no connections")
        var keywords = [
            // After a failover the old primary is a standby; only a writable server is of use.
            "target_session_attrs": "read-write",
            "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3",
            // Also bounds the SYN, so that a host which swallows packets cannot use up the time of the next one.
            "tcp_user_timeout": String(connectTimeout.milliseconds),
            "application_name": applicationName,
        ]
        keywords.merge(try Self.parse(url)) { _, ofURL in ofURL }
        keywords["client_encoding"] = "UTF8"
        self.keywords = keywords
        self.password = password
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
        self.lockTimeout = lockTimeout
        self.idleInTransactionTimeout = idleInTransactionTimeout
        self.connectionCountMax = connectionCountMax
    }

    /// How many hosts the URL lists; libpq tries them in order.
    var hostCount: Int { max(1, keywords["host", default: ""].split(separator: ",").count) }

    private static func parse(_ url: String) throws -> [String: String] {
        guard url.hasPrefix("postgresql://") || url.hasPrefix("postgres://"), !url.utf8.contains(0) else {
            throw PostgresError(
                .invalidConfiguration, "the URL of PostgreSQL does not begin with postgresql://")
        }
        var complaint: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &complaint) else {
            defer { PQfreemem(complaint) }
            throw PostgresError(
                .invalidConfiguration, reason(of: complaint.map { String(cString: $0) } ?? "out of memory"))
        }
        defer { PQconninfoFree(options) }
        var keywords: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                // libpq marks with `*` what a dialog should hide: `password` and `sslpassword`.
                guard option.pointee.dispchar.map({ String(cString: $0) }) != "*" else {
                    throw PostgresError(
                        .invalidConfiguration, "the URL of PostgreSQL holds a password; use password_file")
                }
                keywords[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
        return keywords
    }

    /// libpq ends its complaint with the whole URL, or the token it disliked, in quotes: that may hold a password.
    private static func reason(of complaint: String) -> String {
        let characters = Array(complaint)
        let quote = characters.indices.first { characters[$0...].starts(with: ": \"") } ?? characters.endIndex
        return "the URL of PostgreSQL is not one that libpq reads: " + String(characters[..<quote])
    }
}

extension PostgresConfiguration: CustomStringConvertible, CustomReflectable {
    /// The server, user and database, and nothing else.
    public var description: String {
        func value(_ keyword: String) -> String { keywords[keyword] ?? "" }
        return "postgresql://\(value("user"))@\(value("host")):\(value("port"))/\(value("dbname"))"
    }

    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}

extension Duration {
    /// Whole milliseconds, at least one: to PostgreSQL and to libpq, zero means no limit.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow
            ? Int64(Int32.max) : max(1, min(whole + attoseconds / 1_000_000_000_000_000, Int64(Int32.max)))
    }
}
