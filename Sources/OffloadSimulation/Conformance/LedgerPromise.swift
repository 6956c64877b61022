// What every ledger promises, in PostgreSQL or in memory: one list of checks that runs over each of them.
import OffloadCore

/// One promise and how to try it.
public struct LedgerPromise: Sendable, CustomStringConvertible {
    /// A sentence that is true of a ledger that keeps the promise.
    public let description: String
    private let attempt: @Sendable (LedgerStand) async throws -> Void

    init(_ description: String, _ attempt: @escaping @Sendable (LedgerStand) async throws -> Void) {
        self.description = description
        self.attempt = attempt
    }

    public static let all = leases + commits + memory

    /// Tries the promise on a ledger that is still empty.
    ///
    /// - Throws: `Broken`, or whatever the ledger throws where it should not.
    public func check(on stand: LedgerStand) async throws {
        try await attempt(stand)
    }

    /// A promise that was not kept.
    public struct Broken: Error, CustomStringConvertible {
        public let description: String
    }
}

extension LedgerStand {
    /// - Throws: `Broken` if the two differ.
    func expect<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) throws {
        guard found == expected else {
            throw LedgerPromise.Broken(description: "\(what): found \(found), expected \(expected)")
        }
    }

    /// The failure that `body` must end with.
    func expectFailure(_ code: OffloadError.Code, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as OffloadError {
            return try expect(error.code, code, "the failure")
        }
        throw LedgerPromise.Broken(description: "no failure, expected \(code)")
    }

    func expectRefusal(_ code: OffloadError.Code, _ outcome: CommitOutcome) throws {
        guard case .refused(let error) = outcome, error.code == code else {
            throw LedgerPromise.Broken(description: "the commit: \(outcome), expected a refusal: \(code)")
        }
    }
}
