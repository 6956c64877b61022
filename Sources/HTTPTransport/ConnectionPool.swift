/// Lends connections, makes them when they are first needed, and lets the rest wait in line.

/// First come, first served. A connection that comes back goes straight to the one who waits longest.
actor ConnectionPool {
    private typealias Waiter = (ticket: Int, continuation: CheckedContinuation<HTTPConnection, any Error>)

    private let configuration: HTTPClient.Configuration
    private var idle: [HTTPConnection] = []
    private var madeCount = 0
    private var waiters: [Waiter] = []
    private var nextTicket = 0

    init(_ configuration: HTTPClient.Configuration) {
        self.configuration = configuration
    }

    /// The caller gives it back with `release`. Throws `HTTPError` `cancelled` when the task is cancelled in
    /// line.
    func acquire() async throws -> HTTPConnection {
        // The one used last is the one most likely still open.
        if let connection = idle.popLast() {
            return connection
        }
        if madeCount < configuration.connectionCountMax {
            let connection = try HTTPConnection(configuration)
            madeCount += 1
            return connection
        }
        return try await waitInLine()
    }

    func release(_ connection: HTTPConnection) {
        if waiters.isEmpty {
            idle.append(connection)
        } else {
            waiters.removeFirst().continuation.resume(returning: connection)
        }
    }

    private func waitInLine() async throws -> HTTPConnection {
        let ticket = nextTicket
        nextTicket += 1
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiters.append((ticket, $0)) }
        } onCancel: {
            // Runs on this actor, thus after the line above even when the task was cancelled before it.
            Task { await self.leave(ticket) }
        }
    }

    private func leave(_ ticket: Int) {
        guard let place = waiters.firstIndex(where: { $0.ticket == ticket }) else { return }
        let error = HTTPError(.cancelled, "cancelled while waiting for a free connection")
        waiters.remove(at: place).continuation.resume(throwing: error)
    }
}
