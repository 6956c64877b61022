/// One table to offload: where from, where to, along which column, and how it is laid out.
import OffloadCore
import Yams

struct TableConfiguration: ConfigurationSection {
    var source = TableName()
    var target = TableName()
    /// A DateTime, DateTime64 or integer column.
    var cursor = ""
    var sequence: String?
    var layer = TableDefinition.Layer.bronze
    var partitionBy: [PartitionTerm] = []
    var sortBy: [String] = []
    var maxRowsPerFile = 5_000_000
    /// As written: the cursor's type decides how it is read. nil: the table's beginning.
    var start: String?
    var columns: [String: ColumnConfiguration] = [:]
    var whereClause: String?
    var isFinal = false
    var verify = TableDefinition.Verification.count
    var invalidUTF8 = TableDefinition.InvalidUTF8Policy.fail
    /// nil: `schedule.settle`.
    var settle: Duration?

    /// The line of the file where the table begins, for errors found later.
    var line = 0
    /// Its place in the list of tables, from 0.
    var position = 0

    static let fields: [Field<Self>] = [
        Field("source", \.source, .source, required: true, "The ClickHouse table."),
        Field("target", \.target, .target, required: true, "The Iceberg table; created if it is not there."),
        Field(
            "cursor", \.cursor, .column, required: true,
            "The column that new rows are found by: DateTime, DateTime64 or integer, not nullable, growing."),
        Field(
            optional: "sequence", \.sequence, .column,
            "A second column whose maximum is kept with the watermark, for those who read it."),
        Field("layer", \.layer, .choice(), "The layer, a label of the metrics."),
        Field(
            "partition_by", \.partitionBy, .list(of: .partitionTerm, countMax: 16),
            "The partition spec of a table that is created here."),
        Field(
            "sort_by", \.sortBy, .list(of: .column, countMax: 16),
            "Columns that rows are sorted by within a file, ascending; nulls first."),
        Field(
            "max_rows_per_file", \.maxRowsPerFile, .integer(1...1_000_000_000, "rows"),
            "A larger window is cut along the cursor, and each slice is committed on its own."),
        Field(
            optional: "start", \.start, .position,
            "Where the first window begins; without it, at the first row."),
        Field(
            "columns", \.columns, .named("columns", countMax: 10_000),
            "What departs from the rule, column by column."),
        Field(
            optional: "where", \.whereClause, .text("a ClickHouse condition", countMax: 10_000),
            "Only rows that meet this condition are offloaded."),
        Field("final", \.isFinal, .boolean, "Read with FINAL, for tables that replace or sum rows."),
        Field(
            "verify", \.verify, .choice(),
            "How a window is checked before it is committed: by count, or by hash of its content."),
        Field(
            "invalid_utf8", \.invalidUTF8, .choice(),
            "A String that is not UTF-8: fail, replace its bytes by U+FFFD, or make the column binary."
        ),
        Field(optional: "settle", \.settle, .settle, "As schedule.settle, which holds without it."),
    ]

    /// The keys that may stand in `defaults`, where none of them is required.
    static let sharedFields = fields.filter { refusedInDefaults[$0.name] == nil }.map(\.optional)

    static let refusedInDefaults = Dictionary(
        uniqueKeysWithValues: ["source", "target", "start"].map { name in
            (
                name,
                "belongs to one table; all but source, target and start may stand in defaults"
            )
        })
}

extension Field {
    fileprivate var optional: Field {
        Field(
            name: name, form: form, meaning: meaning, isRequired: false, children: children, read: read,
            show: show)
    }
}

/// What departs from the rule for one column; one of the two is set.
struct ColumnConfiguration: ConfigurationSection {
    /// The type to write it as; whether the column can be is seen with its schema.
    var type: String?
    var isExcluded = false

    static let fields: [Field<Self>] = [
        Field(
            optional: "as", \.type,
            .text("a type, such as string, binary, long or decimal(38, 0)", countMax: 100),
            "The Iceberg type to write the column as."),
        Field("exclude", \.isExcluded, .boolean, "Leave the column out."),
    ]

    mutating func complete(_ node: Node, _ key: String, _ reader: inout ConfigurationReader) {
        if (type != nil) == isExcluded {
            reader.report("expected either as: TYPE or exclude: true", at: node, key: key)
        }
    }
}

extension Codec where Value == String {
    static var column: Codec { .text("a column's name", countMax: 255) }

    /// A place on the cursor: an integer, or a timestamp in UTC.
    static var position: Codec {
        let form = "a timestamp such as 2026-01-01T00:00:00Z or a whole number"
        return .scalar(form) { text in
            let timestamp = /\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z?)?/
            guard text.wholeMatch(of: timestamp) != nil || text.wholeMatch(of: /-?\d{1,20}/) != nil else {
                throw Complaint("\"\(text)\" is not \(form)")
            }
            return text
        }
    }
}
