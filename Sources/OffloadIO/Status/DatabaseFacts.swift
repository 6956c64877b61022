// What a PostgreSQL server says of itself and of our tables in it, read at one moment.
import OffloadCore
import Postgres

/// The facts that decide whether a ledger can be kept here; whoever asked judges them.
public struct DatabaseFacts: Sendable, Hashable {
    /// As `server_version_num`: 150004 is 15.4.
    public var versionNumber: Int64
    public var version: String
    public var user: String
    /// A standby, or a primary in recovery: it takes no writes.
    public var isStandby: Bool
    public var synchronousCommit: String
    /// The server's clock, microseconds since 1970.
    public var microseconds: Int64
    /// The newest migration; nil: none was ever applied.
    public var migration: Int64?
    /// What the user may not do with our tables and has to: `UPDATE ON offload_files`.
    public var missingGrants: [String]
    /// Whether the user may create tables, which migrations do.
    public var mayCreate: Bool
    /// Every schema of the database that has an `iceberg_tables`.
    public var catalogSchemas: [String]
    /// Whether the catalog has the column `iceberg_type` of schema version V1.
    public var isCatalogV1: Bool

    public init(
        versionNumber: Int64, version: String, user: String, isStandby: Bool, synchronousCommit: String,
        microseconds: Int64, migration: Int64?, missingGrants: [String], mayCreate: Bool,
        catalogSchemas: [String], isCatalogV1: Bool
    ) {
        self.versionNumber = versionNumber
        self.version = version
        self.user = user
        self.isStandby = isStandby
        self.synchronousCommit = synchronousCommit
        self.microseconds = microseconds
        self.migration = migration
        self.missingGrants = missingGrants
        self.mayCreate = mayCreate
        self.catalogSchemas = catalogSchemas
        self.isCatalogV1 = isCatalogV1
    }

    /// No DELETE anywhere, and no UPDATE of what is only ever added to (config/postgresql/grants.sql).
    private static let grants: [(table: String, privileges: [String])] = [
        ("offload_watermarks", ["SELECT", "INSERT", "UPDATE"]),
        ("offload_leases", ["SELECT", "INSERT", "UPDATE"]),
        ("offload_batches", ["SELECT", "INSERT", "UPDATE"]),
        ("offload_files", ["SELECT", "INSERT", "UPDATE"]),
        ("offload_watermark_history", ["SELECT", "INSERT"]),
        ("offload_cycles", ["SELECT", "INSERT"]),
        ("iceberg_tables", ["SELECT", "INSERT", "UPDATE"]),
        ("iceberg_namespace_properties", ["SELECT", "INSERT"]),
    ]

    /// Reads them all; changes nothing.
    ///
    /// - Throws: `OffloadError` when the server does not answer.
    public static func read(from client: PostgresClient) async throws -> DatabaseFacts {
        try await LedgerFailure.translated(nil) {
            guard let row = try await client.query(sql, grantParameters).first else {
                throw OffloadError(.ledgerUnavailable, "PostgreSQL does not describe itself")
            }
            var facts = try DatabaseFacts(row)
            if try row.bool("is_migrated") {
                facts.migration = try await client.query(
                    "SELECT max(version) AS version FROM offload_schema_migrations"
                ).first?.optional("version", .int64)
            }
            return facts
        }
    }

    /// Tables and privileges, pair by pair.
    private static var grantParameters: [PostgresValue] {
        let pairs = grants.flatMap { grant in grant.privileges.map { (grant.table, $0) } }
        return [.textArray(pairs.map(\.0)), .textArray(pairs.map(\.1))]
    }

    private init(_ row: PostgresRow) throws {
        self.init(
            versionNumber: try row.int64("version_number"), version: try row.string("version"),
            user: try row.string("user"), isStandby: try row.bool("is_standby"),
            synchronousCommit: try row.string("synchronous_commit"), microseconds: try row.int64("clock"),
            migration: nil, missingGrants: try row.textArray("missing"),
            mayCreate: try row.optional("may_create", .bool) ?? false,
            catalogSchemas: try row.textArray("catalog_schemas"), isCatalogV1: try row.bool("is_v1"))
    }

    private static let sql = """
        SELECT current_setting('server_version_num')::bigint AS version_number,
            split_part(current_setting('server_version'), ' ', 1) AS version, current_user AS user,
            pg_is_in_recovery() AS is_standby, current_setting('synchronous_commit') AS synchronous_commit,
            \(EpochMicroseconds.of("clock_timestamp()")) AS clock,
            to_regclass('offload_schema_migrations') IS NOT NULL AS is_migrated,
            array(
                SELECT privilege || ' ON ' || name FROM unnest($1::text[], $2::text[]) AS needed (name, privilege)
                WHERE NOT has_table_privilege(to_regclass(name), privilege)
            ) AS missing,
            has_schema_privilege(current_schema(), 'CREATE') AS may_create,
            array(
                SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relname = 'iceberg_tables' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1
            ) AS catalog_schemas,
            EXISTS (
                SELECT FROM pg_attribute WHERE attrelid = to_regclass('iceberg_tables')
                    AND attname = 'iceberg_type' AND NOT attisdropped
            ) AS is_v1
        """
}
