/// The connections of one client: at most so many, and first come, first served.

/// A permit is the right to hold one connection, open or about to be; whoever finds none waits in line.
actor PostgresPool {
    private let configuration: PostgresConfiguration
    private var idle: [PostgresConnection] = []
    private var freePermitCount: Int
    private(set) var line: [(id: Int, waiter: CheckedContinuation<Void, any Error>)] = []
    private var waiterCount = 0

    init(_ configuration: PostgresConfiguration) {
        self.configuration = configuration
        freePermitCount = configuration.connectionCountMax
    }

    /// A connection that answers; every one taken is given back.
    func take() async throws -> PostgresConnection {
        try await takePermit()
        do {
            // The one used last is the likeliest to be alive.
            while let connection = idle.popLast() {
                if try await connection.answers() { return connection }
            }
            let connection = try PostgresConnection(configuration)
            try await connection.connect()
            return connection
        } catch {
            returnPermit()
            throw error
        }
    }

    /// Keeps the connection for the next caller when it is fit for that; else drops it, which closes it.
    func giveBack(_ connection: PostgresConnection) async {
        if await connection.isReusable { idle.append(connection) }
        returnPermit()
    }

    // MARK: Permits

    private func takePermit() async throws {
        try Task.checkCancellation()
        guard freePermitCount == 0 else {
            freePermitCount -= 1
            return
        }
        waiterCount += 1
        let id = waiterCount
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { line.append((id, $0)) }
        } onCancel: {
            Task { await self.leaveLine(id) }
        }
    }

    /// Hands the permit straight to the first in line, so that no newcomer can overtake.
    private func returnPermit() {
        if line.isEmpty {
            freePermitCount += 1
        } else {
            line.removeFirst().waiter.resume()
        }
    }

    private func leaveLine(_ id: Int) {
        guard let index = line.firstIndex(where: { $0.id == id }) else { return }
        line.remove(at: index).waiter.resume(throwing: CancellationError())
    }
}
