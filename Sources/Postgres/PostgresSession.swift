/// One libpq connection, driven so that no call waits longer than it was told to.
import BlockingIO
import CLibPQ
import Glibc

/// Not `Sendable`: it belongs to the actor that made it, and blocks that actor's thread.
final class PostgresSession {
    enum Statement {
        /// One statement, by the extended protocol, unnamed: pgbouncer's transaction mode keeps no named ones.
        case single(String, [PostgresValue])
        /// Statements parted by semicolons, without parameters; the last one's rows are the answer.
        case script(String)
    }

    /// How often a wait looks at its cancellation flag.
    private static let slice = Duration.milliseconds(50)

    private let connection: OpaquePointer
    /// Whether this connection must carry nothing more: lost, abandoned, demoted, or a cancel request is on its way,
    /// which could hit whatever statement comes next.
    private(set) var isSpent = false

    /// Whether the server holds no transaction open on it.
    var isIdle: Bool { !isSpent && PQtransactionStatus(connection) == PQTRANS_IDLE }

    init(_ configuration: PostgresConfiguration, cancellation: CancellationFlag) throws {
        var keywords = configuration.keywords
        keywords["password"] = configuration.password
        let pairs = Array(keywords)
        let started = withCStrings(pairs.map(\.key) + [nil]) { keys in
            withCStrings(pairs.map(\.value) + [nil]) { PQconnectStartParams(keys, $0, 0) }
        }
        guard let started else { throw PostgresError(.connectionFailed, "out of memory") }
        connection = started
        // Verbose messages carry the SQLSTATE, which a failed connection attempt tells in no other way.
        PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        // The default receiver prints notices on standard error.
        PQsetNoticeReceiver(connection, { _, _ in }, nil)
        try connect(limit: configuration.connectTimeout * configuration.hostCount, cancellation)
        PQsetnonblocking(connection, 1)
    }

    deinit {
        PQfinish(connection)
    }

    /// Sends a statement and gathers its answer.
    ///
    /// - Parameter cancellation: nil for a statement that must not be cancelled.
    /// - Throws: `PostgresError`, or `CancellationError` when cancellation kept the answer from coming.
    func run(_ statement: Statement, limit: Duration, cancellation: CancellationFlag?) throws -> PostgresRows
    {
        guard !isSpent else { throw PostgresError(.connectionLost, "the connection was given up") }
        try send(statement)
        var patience = ReplyPatience(limit: limit)
        var rows = PostgresRows.none
        var failure: (any Error)?
        do {
            while let result = try nextResult(&patience, cancellation) {
                defer { PQclear(result) }
                do { rows = try PostgresRows(result) } catch { failure = failure ?? error }
                // COPY would wait for data for ever.
                if PostgresRows.isCopy(result) { throw lost() }
            }
        } catch {
            // A server that shuts down says so before it hangs up.
            failure = failure ?? error
        }
        guard let failure else { return rows }
        let code = (failure as? PostgresError)?.code
        isSpent =
            isSpent || PQstatus(connection) == CONNECTION_BAD || code == .connectionLost || code == .readOnly
        throw patience.interruption.map { interrupted($0, underlying: failure) } ?? failure
    }

    // MARK: Connecting

    private func connect(limit: Duration, _ cancellation: CancellationFlag) throws {
        var patience = ReplyPatience(limit: limit)
        var progress = PGRES_POLLING_WRITING
        while progress != PGRES_POLLING_OK {
            guard progress != PGRES_POLLING_FAILED, PQstatus(connection) != CONNECTION_BAD else {
                throw PostgresError(
                    connecting: String(cString: PQerrorMessage(connection)),
                    needsPassword: PQconnectionNeedsPassword(connection) == 1)
            }
            switch patience.next(isCancelled: cancellation.isCancelled) {
            case .wait(let rest):
                let events = progress == PGRES_POLLING_READING ? POLLIN : POLLOUT
                // The socket may change between two calls, when libpq turns to the next address.
                guard try isReady(for: Int16(events), within: rest) else { continue }
                progress = PQconnectPoll(connection)
            case .askServerToCancel, .abandon:
                guard patience.interruption == .timedOut else { throw CancellationError() }
                throw PostgresError(.connectionFailed, "no server was ready within \(limit)")
            }
        }
    }

    // MARK: Asking

    private func send(_ statement: Statement) throws {
        let sent: Int32
        switch statement {
        case .script(let sql):
            sent = PQsendQuery(connection, try withoutNUL(sql))
        case .single(let sql, let parameters):
            let texts = try parameters.map { try $0.wireText.map(withoutNUL) }
            let sql = try withoutNUL(sql)
            guard texts.count <= Int(UInt16.max) else {
                throw PostgresError(.invalidValue, "a statement takes at most 65535 parameters")
            }
            sent = withCStrings(texts) {
                PQsendQueryParams(connection, sql, Int32(texts.count), nil, $0, nil, nil, 0)
            }
        }
        guard sent == 1 else { throw lost() }
    }

    /// A C string ends at the first NUL: sent on, the rest would be lost without a word.
    private func withoutNUL(_ text: String) throws -> String {
        guard !text.utf8.contains(0) else {
            throw PostgresError(.invalidValue, "text for PostgreSQL holds a NUL character")
        }
        return text
    }

    /// The next result of the statement in progress, which the caller clears; nil when there are no more.
    private func nextResult(
        _ patience: inout ReplyPatience, _ cancellation: CancellationFlag?
    ) throws -> OpaquePointer? {
        while PQisBusy(connection) == 1 {
            let unsent = PQflush(connection)
            guard unsent >= 0 else { throw lost() }
            switch patience.next(isCancelled: cancellation?.isCancelled ?? false) {
            case .wait(let rest):
                let events = unsent == 1 ? POLLIN | POLLOUT : POLLIN
                guard try isReady(for: Int16(events), within: rest) else { continue }
                guard PQconsumeInput(connection) == 1 else { throw lost() }
            case .askServerToCancel:
                isSpent = true
                _ = clibpq_cancel_detached(connection)
            case .abandon:
                throw lost()
            }
        }
        return PQgetResult(connection)
    }

    /// Waits for the socket, a slice of `rest` at most; false when nothing happened.
    private func isReady(for events: Int16, within rest: Duration) throws -> Bool {
        var descriptor = pollfd(fd: PQsocket(connection), events: events, revents: 0)
        guard descriptor.fd >= 0 else { throw lost() }
        return poll(&descriptor, 1, Int32(min(rest, Self.slice).milliseconds)) > 0
    }

    private func interrupted(_ interruption: ReplyPatience.Interruption, underlying: any Error) -> any Error {
        switch interruption {
        case .cancelled: CancellationError()
        case .timedOut:
            PostgresError(.timedOut, "the server gave no answer in time", underlying: underlying)
        }
    }

    private func lost() -> PostgresError {
        isSpent = true
        return PostgresError(
            .connectionLost, "the connection to the server was lost",
            context: ["libpq": String(cString: PQerrorMessage(connection))])
    }
}

/// The strings as C strings, alive during `body`; nil stays nil.
private func withCStrings<Output>(
    _ strings: [String?], _ body: ([UnsafePointer<CChar>?]) throws -> Output
) rethrows -> Output {
    let copies = strings.map { $0.flatMap { strdup($0) } }
    defer { copies.forEach { free($0) } }
    return try body(copies.map { UnsafePointer($0) })
}
