// Passwords as bcrypt hashes, which take long to try: `htpasswd -nBC 12 "" | tr -d ':\n'` makes one.
import BlockingIO
import CCrypt
import Foundation

/// A hash of a password, as it stands in a web configuration.
public struct BcryptHash: Sendable, Hashable {
    /// The binary logarithm of the rounds: 10 takes about 50 ms, 12 four times that.
    let cost: Int
    private let text: String

    /// More than two seconds for one password would let a scrape time out.
    public static let costMax = 14

    /// nil for what is no bcrypt hash of variant 2a, 2b or 2y, or one that costs more than `costMax`.
    public init?(_ text: String) {
        guard let match = text.wholeMatch(of: /\$2[aby]\$(\d\d)\$[.\/A-Za-z0-9]{53}/),
            let cost = Int(match.1),
            (4...Self.costMax).contains(cost)
        else { return nil }
        self.text = text
        self.cost = cost
    }

    /// A hash that no password has; trying it takes as long as trying another one of this cost.
    static func decoy(cost: Int) -> BcryptHash {
        BcryptHash(
            text: "$2b$\(cost < 10 ? "0" : "")\(cost)$" + String(repeating: ".", count: 53), cost: cost)
    }

    private init(text: String, cost: Int) {
        self.text = text
        self.cost = cost
    }

    /// Blocks for as long as the cost says.
    fileprivate func matches(_ password: String) -> Bool {
        // Memory of its own, 32 KiB, in place of crypt's static buffer.
        var memory: UnsafeMutableRawPointer?
        var byteCount: Int32 = 0
        defer { free(memory) }
        guard let result = crypt_ra(password, text, &memory, &byteCount) else { return false }
        return isEqual(Array(text.utf8), Array(String(cString: result).utf8))
    }
}

/// Hashes one password after the other on a thread of its own: however many are tried, it is one core's work, and no
/// connection waits for its event loop.
actor PasswordHasher {
    private let executor: BlockingExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init() throws {
        executor = try BlockingExecutor(name: "bcrypt")
    }

    func check(_ password: String, against hash: BcryptHash) -> Bool {
        hash.matches(password)
    }
}

/// Compares in a time that tells nothing of where two byte strings differ.
func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
}
