// Lets in who gives a name and its password (RFC 7617), at the same cost for names that nobody has.
import Foundation
import Synchronization

final class Doorkeeper: Sendable {
    enum Answer {
        case welcome
        case refused
        /// Too many passwords are being tried just now.
        case busy
    }

    /// Passwords that may wait to be hashed; clients that hang up leave theirs in the queue.
    private static let waitingCountMax = 16

    private struct State {
        var waitingCount = 0
        /// Who was let in: a scrape every few seconds must not cost a hash each time.
        var admitted: [String: (hash: BcryptHash, password: [UInt8])] = [:]
    }

    private let hasher: PasswordHasher
    private let state = Mutex(State())

    init() throws {
        hasher = try PasswordHasher()
    }

    /// - Parameter authorization: the request's header field.
    func judge(_ authorization: String?, users: [String: BcryptHash]) async -> Answer {
        guard let costMax = users.values.map(\.cost).max() else { return .welcome }
        guard let (name, password) = Self.credentials(authorization) else { return .refused }
        let hash = users[name] ?? .decoy(cost: costMax)
        if isKnown(name, password, hash) { return .welcome }
        guard enter() else { return .busy }
        let isRight = await hasher.check(password, against: hash)
        leave(isRight ? (name, hash, Array(password.utf8)) : nil)
        return isRight ? .welcome : .refused
    }

    private func isKnown(_ name: String, _ password: String, _ hash: BcryptHash) -> Bool {
        state.withLock { state in
            guard let known = state.admitted[name], known.hash == hash else { return false }
            return isEqual(known.password, Array(password.utf8))
        }
    }

    private func enter() -> Bool {
        state.withLock { state in
            guard state.waitingCount < Self.waitingCountMax else { return false }
            state.waitingCount += 1
            return true
        }
    }

    private func leave(_ admitted: (name: String, hash: BcryptHash, password: [UInt8])?) {
        state.withLock { state in
            state.waitingCount -= 1
            if let (name, hash, password) = admitted { state.admitted[name] = (hash, password) }
        }
    }

    /// Name and password; nil where there is none, or one that bcrypt would not see whole.
    private static func credentials(_ authorization: String?) -> (name: String, password: String)? {
        guard let parts = authorization?.split(separator: " ", maxSplits: 1), parts.count == 2,
            parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1])),
            let text = String(data: data, encoding: .utf8), !text.utf8.contains(0),
            let colon = text.firstIndex(of: ":")
        else { return nil }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}
