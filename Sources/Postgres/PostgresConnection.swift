/// One connection to the server, an actor on a thread of its own.
import BlockingIO

/// Runs one statement at a time. A cancelled task sends the server a cancel request and returns within about a second;
/// the connection is then closed, since the request could hit whatever statement came next.
public actor PostgresConnection {
    /// How much longer than the server we wait, so that its own `statement_timeout` speaks first.
    private static let slack = Duration.seconds(2)

    private let executor: BlockingExecutor
    private let configuration: PostgresConfiguration
    /// Nil until connected.
    private var session: PostgresSession?
    /// How many transactions were begun, which tells a stale `PostgresTransaction` from the open one.
    private var transactionCount = 0
    private var isInTransaction = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Throws: `PostgresError` of code `connectionFailed` when there is no thread for it.
    init(_ configuration: PostgresConfiguration) throws {
        do {
            executor = try BlockingExecutor(name: "postgres")
        } catch let error as ThreadError {
            throw PostgresError(.connectionFailed, "\(error)", underlying: error)
        }
        self.configuration = configuration
    }

    /// Connects, within `connectTimeout` for each host of the URL.
    ///
    /// - Throws: `PostgresError` of code `connectionFailed`, `authenticationFailed` or `tooManyConnections`.
    func connect() async throws {
        session = try await cancellable { try PostgresSession(self.configuration, cancellation: $0) }
    }

    /// Runs one statement, which commits by itself.
    ///
    /// When the answer is lost, so is the knowledge whether a write was applied: write inside `transaction`.
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> PostgresRows {
        precondition(!isInTransaction, "a statement of an open transaction goes through PostgresTransaction")
        return try await run(.single(sql, parameters))
    }

    /// Runs `body` between BEGIN (READ COMMITTED) and COMMIT; ROLLBACK when it throws or the task is cancelled.
    ///
    /// Once sent, COMMIT is not cancelled.
    /// - Throws: what `body` throws; `PostgresError` of code `commitOutcomeUnknown` when the answer to COMMIT is lost, of
    ///   code `transactionAborted` when a statement had failed and `body` went on.
    public nonisolated(nonsending) func transaction<Output>(
        _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Output
    ) async throws -> Output {
        let transaction = try await begin()
        let output: Output
        do {
            output = try await body(transaction)
            try Task.checkCancellation()
        } catch {
            await rollback()
            throw error
        }
        try await commit()
        return output
    }

    /// Whether the server answers at the far end, which an idle connection tells only when asked.
    func answers() async throws -> Bool {
        do {
            _ = try await run(.script(""), limit: configuration.connectTimeout)
            return true
        } catch is PostgresError {
            return false
        }
    }

    /// Whether it may carry another caller's statements.
    var isReusable: Bool { session?.isIdle ?? false }

    func runInTransaction(_ number: Int, _ statement: PostgresSession.Statement) async throws -> PostgresRows
    {
        guard isInTransaction, number == transactionCount else {
            throw PostgresError(.transactionAborted, "the transaction has ended; its handle outlived it")
        }
        return try await run(statement)
    }

    // MARK: The transaction's ends

    /// One round trip. Settings are LOCAL: behind pgbouncer the session belongs to whoever comes next.
    private func begin() async throws -> PostgresTransaction {
        precondition(!isInTransaction, "transactions do not nest")
        _ = try await run(
            .script(
                """
                BEGIN ISOLATION LEVEL READ COMMITTED;
                SET LOCAL statement_timeout = \(configuration.statementTimeout.milliseconds);
                SET LOCAL lock_timeout = \(configuration.lockTimeout.milliseconds);
                SET LOCAL idle_in_transaction_session_timeout = \(configuration.idleInTransactionTimeout.milliseconds)
                """))
        transactionCount += 1
        isInTransaction = true
        return PostgresTransaction(connection: self, number: transactionCount)
    }

    private func commit() throws {
        isInTransaction = false
        guard let session, !session.isSpent else {
            throw PostgresError(.connectionLost, "the connection was given up before COMMIT was sent")
        }
        let rows: PostgresRows
        do {
            rows = try session.run(.script("COMMIT"), limit: replyLimit, cancellation: nil)
        } catch  where session.isSpent {
            throw PostgresError(
                .commitOutcomeUnknown, "the server's answer to COMMIT was lost",
                sqlState: (error as? PostgresError)?.sqlState, underlying: error)
        }
        guard rows.commandTag == "COMMIT" else {
            throw PostgresError(.transactionAborted, "COMMIT was answered with \(rows.commandTag)")
        }
    }

    /// Leaves an unanswered ROLLBACK to the server, which rolls back when the connection closes.
    private func rollback() {
        isInTransaction = false
        _ = try? session?.run(.script("ROLLBACK"), limit: Self.slack, cancellation: nil)
    }

    // MARK: Running

    private var replyLimit: Duration { configuration.statementTimeout + Self.slack }

    private func run(_ statement: PostgresSession.Statement, limit: Duration? = nil) async throws
        -> PostgresRows
    {
        guard let session else { throw PostgresError(.connectionLost, "not connected") }
        return try await cancellable {
            try session.run(statement, limit: limit ?? self.replyLimit, cancellation: $0)
        }
    }

    private func cancellable<Output>(_ body: (CancellationFlag) throws -> Output) async throws -> Output {
        try Task.checkCancellation()
        let flag = CancellationFlag()
        return try await withTaskCancellationHandler {
            // A closure that does not capture the actor is not isolated to it: without this line the call below
            // would block a thread of the cooperative pool instead of our own.
            assertIsolated()
            return try body(flag)
        } onCancel: {
            flag.cancel()
        }
    }
}
