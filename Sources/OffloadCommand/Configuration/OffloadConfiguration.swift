/// The whole configuration file: what it may say and what holds where it says nothing.
import Yams

struct OffloadConfiguration: ConfigurationSection {
    var clickhouse = ClickHouseConfiguration()
    var postgres = PostgresConfiguration()
    var catalog = CatalogConfiguration()
    /// `file:///absolute/path`, without a slash at its end.
    var warehouse = ""
    var schedule = ScheduleConfiguration()
    var metrics = MetricsConfiguration()
    var log = LogConfiguration()
    /// What a table begins with; `tables` have it applied already.
    var defaults = TableConfiguration()
    /// At least one; sources and targets are each unique.
    var tables: [TableConfiguration] = []

    static let fields: [Field<Self>] = [
        Field("clickhouse", \.clickhouse, .section, required: true, "The server that rows are read from."),
        Field(
            "postgres", \.postgres, .section, required: true,
            "The database of the watermarks and the catalog."),
        Field("catalog", \.catalog, .section, "The Iceberg catalog, which lies in the same database."),
        Field(
            "warehouse", \.warehouse, .warehouse, required: true,
            "The folder of the tables' data and metadata."),
        Field("schedule", \.schedule, .section, "When cycles run and how long they may take."),
        Field("metrics", \.metrics, .section, "The HTTP endpoint of metrics, health and status."),
        Field("log", \.log, .section, "What is logged, to standard error."),
        .defaults,
        .tables,
    ]

    mutating func complete(_ node: Node, _ key: String, _ reader: inout ConfigurationReader) {
        reportTwins("source", \.source, node, &reader)
        reportTwins("target", \.target, node, &reader)
    }

    /// Two writers of one target, or two readers of one source, would each have the other's watermark.
    private func reportTwins(
        _ name: String, _ path: KeyPath<TableConfiguration, TableName>, _ node: Node,
        _ reader: inout ConfigurationReader
    ) {
        var first: [TableName: TableConfiguration] = [:]
        for table in tables where table[keyPath: path] != TableName() {
            let value = table[keyPath: path]
            if let twin = first[value] {
                let entry = node.mapping?["tables"]?.sequence?[table.position]
                reader.report(
                    "\(value) is the \(name) of the table in line \(twin.line) too; each may stand once",
                    at: entry?.mapping?[name] ?? node, key: "tables[\(table.position)].\(name)")
            } else {
                first[value] = table
            }
        }
    }
}

extension Field where Section == OffloadConfiguration {
    /// Every key of a table but those that name one table.
    fileprivate static let defaults = Field(
        name: "defaults", form: "a mapping",
        meaning: "Any key of a table but source, target and start, for all tables.",
        isRequired: false, children: [],
        read: { node, key, configuration, reader in
            reader.fill(
                &configuration.defaults, from: node, key: key, fields: TableConfiguration.sharedFields,
                refused: TableConfiguration.refusedInDefaults)
        },
        show: { $0.defaults.shown(fields: TableConfiguration.sharedFields) })

    /// The tables, each beginning with the defaults, which are therefore declared and read before.
    fileprivate static let tables = Field(
        name: "tables", form: "a list of tables", meaning: "The tables to offload.", isRequired: true,
        children: TableConfiguration.keys().map { $0.beneath("[]") },
        read: { node, key, configuration, reader in
            guard let nodes = node.array(10_000, "a list of at most 10000 tables", key, &reader) else {
                return
            }
            if nodes.isEmpty { reader.report("names no table", at: node, key: key) }
            for (position, node) in nodes.enumerated() {
                var table = configuration.defaults
                table.line = node.mark?.line ?? 0
                table.position = position
                reader.fill(&table, from: node, key: "\(key)[\(position)]")
                configuration.tables.append(table)
            }
        },
        show: { $0.tables.isEmpty ? nil : Node($0.tables.map { $0.shown() }) })
}
