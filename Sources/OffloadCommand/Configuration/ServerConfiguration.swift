/// The sections of the servers and of the catalog that lies in one of them.
import Yams

struct ClickHouseConfiguration: ConfigurationSection, PasswordHolder {
    /// The HTTP interface, without user, password and query.
    var url = ""
    var user = "default"
    /// nil: none is sent.
    var password: Secret?

    static let fields: [Field<Self>] = [
        Field("url", \.url, .clickHouseURL, required: true, "The HTTP interface."),
        Field("user", \.user, .text("a user's name"), "The user, who needs SELECT on the tables."),
        Field(
            optional: "password", \.password, .environmentVariable,
            "The user's password, from the environment."),
        Field(
            optional: "password_file", \.password, .file,
            "The user's password, from a file. Without either, the credential clickhouse-password."
        ),
    ]

    mutating func complete(_ node: Node, _ key: String, _ reader: inout ConfigurationReader) {
        settlePassword("clickhouse-password", node, key, &reader)
    }
}

struct PostgresConfiguration: ConfigurationSection, PasswordHolder {
    /// A libpq connection URI without a password.
    var url = ""
    /// nil: none is sent, as with peer authentication.
    var password: Secret?

    static let fields: [Field<Self>] = [
        Field(
            "url", \.url, .postgresURL, required: true,
            "A libpq connection URI: user, host, port, database, options such as sslmode."),
        Field(
            optional: "password", \.password, .environmentVariable,
            "The user's password, from the environment."),
        Field(
            optional: "password_file", \.password, .file,
            "The user's password, from a file. Without either, the credential postgres-password."
        ),
    ]

    mutating func complete(_ node: Node, _ key: String, _ reader: inout ConfigurationReader) {
        settlePassword("postgres-password", node, key, &reader)
    }
}

struct CatalogConfiguration: ConfigurationSection {
    enum Kind: String, CaseIterable, Sendable {
        case sql
    }

    var kind = Kind.sql
    var name = "lake"

    static let fields: [Field<Self>] = [
        Field(
            "type", \.kind, .choice(),
            "The kind of catalog: sql is Iceberg's JDBC catalog, in the database of postgres.url."),
        Field(
            "name", \.name, .text("a catalog's name", countMax: 255),
            "The catalog's name, as its readers give it."),
    ]
}
