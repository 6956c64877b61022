// Leases as rows: whoever holds the row's newest token may write, for as long as the row says.
import OffloadCore
import Postgres
import Synchronization

/// Takes, prolongs, checks and gives back leases, by PostgreSQL's clock alone.
///
/// A row, not a session advisory lock: behind pgbouncer in transaction mode such a lock outlives its client and lets
/// the next one in as well.
public final class LeaseTable: Sendable {
    public enum Taking: Sendable, Equatable {
        case taken(token: Int64)
        case held(holder: String)
    }

    /// The lease that a scheduler holds while others stand by.
    public static let scheduler = "scheduler"

    public static func name(ofTable table: String) -> String { "table:\(table)" }

    let holder: Holder
    let life: Duration
    /// Tokens that nobody in this process goes by, whatever the row says: it never heard that it was given them, or
    /// PostgreSQL never heard that they were given back.
    private let idle = Mutex<[String: Int64]>([:])

    public init(holder: Holder, life: Duration) {
        self.holder = holder
        self.life = life
    }

    /// Takes the lease, with a token higher than any before, if it is free, has lapsed, or belongs to a process of
    /// this host that is dead, or to this process, which does not use it. Taking it too early would be safe, since
    /// every write is fenced, only wasteful. Call `heard` once the transaction has committed.
    func take(_ name: String, in transaction: PostgresTransaction) async throws -> Taking {
        _ = try await transaction.query(
            "INSERT INTO offload_leases (name, holder, token, expires_at) VALUES ($1, '', 0, '-infinity')"
                + " ON CONFLICT DO NOTHING", [.text(name)])
        let held = try await transaction.query(
            """
            SELECT holder, token, expires_at > clock_timestamp() AS is_alive FROM offload_leases
            WHERE name = $1 FOR UPDATE
            """, [.text(name)])
        if let row = held.first, try row.bool("is_alive"), case let other = try row.string("holder"),
            !holder.knowsDead(other), try row.int64("token") != idle.withLock({ $0[name] })
        {
            return .held(holder: other)
        }
        let taken = try await transaction.query(
            """
            UPDATE offload_leases SET holder = $2, token = nextval('offload_lease_tokens'),
                expires_at = clock_timestamp() + $3 * interval '1 second'
            WHERE name = $1 RETURNING token
            """, [.text(name), .text(holder.text), .double(life.inSeconds)])
        guard let token = try taken.first?.int64("token") else { return .held(holder: "unknown") }
        rest(name, token: token)
        return .taken(token: token)
    }

    /// As above, in a transaction of its own.
    public func take(_ name: String, on client: PostgresClient) async throws -> Taking {
        let taking = try await client.transaction { try await take(name, in: $0) }
        heard(name)
        return taking
    }

    /// The reply to the COMMIT of `take` has come: from now on the lease is in use.
    func heard(_ name: String) {
        idle.withLock { $0[name] = nil }
    }

    /// The lease is out of use, whether or not PostgreSQL will hear of it.
    func rest(_ name: String, token: Int64) {
        idle.withLock { $0[name] = token }
    }

    /// False: the lease has lapsed or is somebody else's, and stays so.
    public func renew(_ name: String, token: Int64, on client: PostgresClient) async throws -> Bool {
        let rows = try await client.query(
            """
            UPDATE offload_leases SET expires_at = clock_timestamp() + $3 * interval '1 second'
            WHERE name = $1 AND token = $2 AND expires_at > clock_timestamp()
            """, [.text(name), .int(token), .double(life.inSeconds)])
        return rows.affectedRowCount == 1
    }

    /// The fence: fails unless the token is the newest and still alive, and keeps it so until the transaction ends,
    /// because a new turn has to update the row that is share-locked here.
    func check(_ name: String, token: Int64, in transaction: PostgresTransaction) async throws {
        let rows = try await transaction.query(
            """
            SELECT 1 FROM offload_leases WHERE name = $1 AND token = $2 AND expires_at > clock_timestamp() FOR SHARE
            """, [.text(name), .int(token)])
        guard rows.count == 1 else {
            throw OffloadError(
                .leaseLost, "the lease has lapsed or another process holds it; nothing was written",
                isRetryable: false,
                hint: "this happens when a process was paused; the other one goes on with the work")
        }
    }

    /// False: it was not ours any more.
    func release(_ name: String, token: Int64, in transaction: PostgresTransaction) async throws -> Bool {
        let rows = try await transaction.query(
            "UPDATE offload_leases SET expires_at = '-infinity' WHERE name = $1 AND token = $2",
            [.text(name), .int(token)])
        return rows.affectedRowCount == 1
    }

    public func release(_ name: String, token: Int64, on client: PostgresClient) async throws {
        rest(name, token: token)
        _ = try await client.transaction { try await release(name, token: token, in: $0) }
    }
}
