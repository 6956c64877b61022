/// Asks ClickHouse over its HTTP interface, and believes no 200 before its end.
import FoundationEssentials
import HTTPTransport
import Synchronization

public final class ClickHouseClient: Sendable {
    public struct Configuration: Sendable {
        /// `http` or `https`, host, port, and a path where a proxy wants one.
        public var url: String
        public var user: String
        public var password: String
        /// nil means the user's default database.
        public var database: String?
        /// For everything but `stream` and queries that a file goes with, which take as long as it is large; 60 s.
        public var requestTimeout: Duration = .seconds(60)
        /// Connections, and how many of them at the same time.
        public var http = HTTPClient.Configuration()

        public init(url: String, user: String, password: String, database: String? = nil) {
            self.url = url
            self.user = user
            self.password = password
            self.database = database
        }
    }

    private let configuration: Configuration
    private let http: HTTPClient
    /// A connection of its own for KILL: it must not wait in line behind the transfers that it is to end.
    private let killer: HTTPClient
    /// What to send of `WholeResultSettings`; nil until the server was asked.
    private let wholeResultSettings = Mutex<[String: String]?>(nil)

    public init(_ configuration: Configuration) {
        self.configuration = configuration
        http = HTTPClient(configuration.http)
        var killerConfiguration = configuration.http
        killerConfiguration.connectionCountMax = 1
        killer = HTTPClient(killerConfiguration)
    }

    /// The rows of a small result, up to `HTTPClient`'s 16 MiB, with `WholeResultSettings`; nil is NULL.
    ///
    /// The server holds the response back until the query is done, so that a status of 200 means success.
    /// - Parameters:
    ///   - query: names no FORMAT.
    ///   - parameters: values for `{name:Type}` in the query.
    ///   - settings: override `WholeResultSettings`.
    ///   - external: a file for the query to read; the server keeps its rows in memory until the query ends.
    /// - Throws: `ClickHouseError`; `malformedResponse` when a value is not UTF-8.
    public func rows(
        _ query: String, parameters: [String: String] = [:], settings: [String: String] = [:],
        external: ExternalTable? = nil
    ) async throws -> [[String?]] {
        let whole = try await settingsToSend()
        return try await tabSeparated(query, parameters, whole.merging(settings) { $1 }, external)
    }

    /// Runs a statement that has no result, with no settings but these.
    /// - Throws: `ClickHouseError`.
    public func execute(
        _ query: String, parameters: [String: String] = [:], settings: [String: String] = [:]
    ) async throws {
        _ = try await tabSeparated(query, parameters, settings)
    }

    /// Streams a result of any size in the query's own FORMAT, with `WholeResultSettings`.
    ///
    /// An exception in the middle ends up behind the data in `sink` before it is thrown: keep what `sink` got
    /// only when this returns. When it is this side that ends the transfer (cancellation, timeout, a failing
    /// sink), the query is killed on the server first; `context["killed"]` of the error says whether that
    /// worked.
    /// - Parameters:
    ///   - queryID: unique for each attempt; a running query with the same id is `queryIDInUse`.
    ///   - timeout: for the whole transfer; nil means no limit.
    /// - Throws: `ClickHouseError`.
    public func stream(
        _ query: String, parameters: [String: String] = [:], settings: [String: String] = [:],
        queryID: String, timeout: Duration? = nil, into sink: some ResponseSink
    ) async throws -> StreamSummary {
        var url = url(parameters, try await settingsToSend().merging(settings) { $1 })
        url.queryID = queryID
        let tail = TailSink(sink)
        do {
            let response = try await http.send(request(query, url, timeout: timeout), into: tail)
            if let exception = tail.exception {
                throw ClickHouseError(exception)
            }
            try check(response)
            return StreamSummary(byteCount: response.byteCount, queryID: queryID, headers: response.headers)
        } catch let error as HTTPError {
            throw await failure(of: queryID, error, tail.exception)
        } catch var error as ClickHouseError {
            error.context["queryID"] = queryID
            throw forgettingSettings(error)
        }
    }

    /// Ends a query on the server and waits until it has ended; one that does not run is no error.
    ///
    /// Needs the same user as the query's, or the KILL QUERY grant, and reaches the node that the URL leads
    /// to.
    /// - Throws: `ClickHouseError`.
    public func kill(queryID: String) async throws {
        let statement = "KILL QUERY WHERE query_id = \(quoteLiteral(queryID)) SYNC"
        _ = try await body(killer, statement, url([:], [:]))
    }

    /// Version, time zone and clock of the server.
    /// - Throws: `ClickHouseError`.
    public func serverInfo() async throws -> ServerInfo {
        let rows = try await rows("SELECT version(), timezone(), toUnixTimestamp64Micro(now64(6))")
        guard let row = rows.first, row.count == 3, let version = row[0], let timeZone = row[1],
            let microseconds = row[2].flatMap({ Int64($0) })
        else { throw ClickHouseError(.malformedResponse, "the server does not describe itself") }
        return ServerInfo(version: version, timeZone: timeZone, microsecondsSinceEpoch: microseconds)
    }

    /// Asks once per client; two that ask at the same time do no harm.
    private func settingsToSend() async throws -> [String: String] {
        if let known = wholeResultSettings.withLock({ $0 }) {
            return known
        }
        let rows = try await tabSeparated(WholeResultSettings.query, [:], [:])
        let toSend = try WholeResultSettings.toSend(rows)
        wholeResultSettings.withLock { $0 = toSend }
        return toSend
    }

    private func tabSeparated(
        _ query: String, _ parameters: [String: String], _ settings: [String: String],
        _ external: ExternalTable? = nil
    ) async throws -> [[String?]] {
        var url = url(parameters, settings)
        url.defaultFormat = "TabSeparated"
        url.waitsForEnd = true
        url.queryID = "offload-\(UInt64.random(in: 0 ... .max))"
        return try TabSeparated.rows(try await body(http, query, url, external))
    }

    private func body(
        _ client: HTTPClient, _ query: String, _ url: QueryURL, _ external: ExternalTable? = nil
    ) async throws -> [UInt8] {
        do {
            let timeout = external == nil ? configuration.requestTimeout : nil
            var request = request(query, url, timeout: timeout)
            if let external {
                let form = QueryForm(query: query, table: external)
                request.headers.append("Content-Type", form.contentType)
                request.upload = form
            }
            let response = try await client.send(request)
            try check(response)
            return response.body
        } catch let error as HTTPError {
            // A query that we gave up must not run on; a KILL has no name and needs no end.
            guard let queryID = url.queryID else { throw ClickHouseError(error) }
            throw await failure(of: queryID, error, nil)
        } catch let error as ClickHouseError {
            throw forgettingSettings(error)
        }
    }

    private func url(_ parameters: [String: String], _ settings: [String: String]) -> QueryURL {
        QueryURL(
            base: configuration.url, database: configuration.database, parameters: parameters,
            settings: settings)
    }

    /// POST always: ClickHouse runs a GET as readonly.
    private func request(_ query: String, _ url: QueryURL, timeout: Duration?) -> HTTPRequest {
        let headers: HTTPHeaders = [
            "X-ClickHouse-User": configuration.user, "X-ClickHouse-Key": configuration.password,
        ]
        return HTTPRequest(.post, url.text, headers: headers, body: Array(query.utf8), timeout: timeout)
    }

    private func check(_ response: HTTPResponse) throws(ClickHouseError) {
        guard response.head.isSuccess, response.headers["X-ClickHouse-Exception-Code"] == nil else {
            throw ClickHouseError(failed: response)
        }
        guard response.isComplete else {
            throw ClickHouseError(.truncated, "the server did not say where the result ends")
        }
    }

    /// A server that was replaced by an older one knows fewer settings: ask it before the next query.
    private func forgettingSettings(_ error: ClickHouseError) -> ClickHouseError {
        if error.code == .unknownSetting {
            wholeResultSettings.withLock { $0 = nil }
        }
        return error
    }

    /// Why a transfer broke: the server's reason, if it gave one; else ours, and then the query may run on.
    private func failure(
        of queryID: String, _ error: HTTPError, _ exception: ServerException?
    ) async -> ClickHouseError {
        var failure = exception.map { ClickHouseError($0) } ?? ClickHouseError(error)
        failure.context["queryID"] = queryID
        if exception == nil, error.mayHaveReachedServer {
            // In a task of its own, for this one may be cancelled already.
            let isKilled = await Task { (try? await kill(queryID: queryID)) != nil }.value
            failure.context["killed"] = String(isKilled)
        }
        return failure
    }
}

extension ClickHouseClient.Configuration: CustomStringConvertible {
    /// Without the password.
    public var description: String { "\(user) at \(url)" }
}

extension HTTPError {
    /// False only when no byte of the request can have been sent.
    fileprivate var mayHaveReachedServer: Bool {
        switch code {
        case .invalidRequest, .nameNotResolved, .connectionRefused, .tls: false
        default: true
        }
    }
}
