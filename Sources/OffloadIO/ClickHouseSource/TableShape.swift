// What the columns of a ClickHouse table become, worked out from system.columns and the configuration.
import ClickHouse
import Iceberg
import OffloadCore

/// A configured table's columns as SQL, and its cursor.
struct TableShape: Sendable {
    let definition: TableDefinition
    let name: QualifiedTableName
    let columns: [ColumnExpression]
    let cursor: CursorExpression

    var sourceTable: SourceTable {
        SourceTable(definition: definition, columns: columns.map(\.column), cursor: cursor.cursor)
    }

    /// - Parameters:
    ///   - rows: name and type of every column, in order.
    ///   - server: what its version can do.
    /// - Throws: `OffloadError` naming the column, its type and the configuration line that would help.
    init(
        _ definition: TableDefinition, name: QualifiedTableName, rows: [(name: String, type: String)],
        server: ColumnMapping.Server
    ) throws {
        self.definition = definition
        self.name = name
        var types: [String: ClickHouseType] = [:]
        for row in rows { types[row.name] = try ClickHouseType(row.type) }
        for column in [definition.cursor, definition.sequence].compactMap({ $0 })
            + definition.columns.keys.sorted()
        where types[column] == nil && !rows.contains(where: { $0.name.hasPrefix(column + ".") }) {
            throw OffloadError(
                .sourceColumnMissing, "ClickHouse has no column `\(column)`", table: definition.source,
                hint: "mend `cursor`, `sequence` or `columns` of this table; it has: "
                    + rows.map(\.name).joined(separator: ", "))
        }
        cursor = try CursorExpression(definition, type: types[definition.cursor] ?? .nothing)
        columns = try Self.columns(definition, rows.map(\.name), types, server)
        guard !columns.isEmpty else {
            throw OffloadError(
                .sourceColumnMissing, "no column is left to offload", table: definition.source,
                hint: "exclude fewer columns")
        }
    }

    /// The select list that gives columns the names they have in Iceberg.
    func list(_ columns: [LakeColumn], _ sql: (ColumnExpression) -> String) -> String {
        let byName = Dictionary(self.columns.map { ($0.name, $0) }) { first, _ in first }
        return columns.compactMap { column in
            byName[column.source.name].map { "\(sql($0)) AS \(quoteIdentifier(column.field.name))" }
        }.joined(separator: ", ")
    }

    /// Without it, `WHERE at > …` beside such a list would mean `CAST(at, …) AS at`, which has lost its last digits.
    static let listSettings = ["prefer_column_name_to_alias": "1"]

    private static func columns(
        _ definition: TableDefinition, _ names: [String], _ types: [String: ClickHouseType],
        _ server: ColumnMapping.Server
    ) throws -> [ColumnExpression] {
        var columns: [ColumnExpression] = []
        for group in NestedGroup.gathered(names, types) {
            let rule = definition.columns[group.name] ?? TableDefinition.ColumnRule()
            if rule.isExcluded { continue }
            let policy = definition.invalidUTF8
            // As `binary`, text columns simply keep their bytes.
            let asType = rule.type ?? (policy == .binary && group.type.isText ? "binary" : nil)
            do {
                let mapping = try asType.map { try ColumnMapping(group.type, as: $0) }
                columns.append(
                    ColumnExpression(
                        name: group.name, sourceType: group.type,
                        mapping: try mapping ?? ColumnMapping(group.type, on: server), raw: group.sql,
                        policy: policy))
            } catch {
                let reason = (error as? ColumnMapping.Unmapped)?.reason ?? "\(error)"
                throw OffloadError(
                    .typeUnmapped,
                    "the column `\(group.name)` of type \(group.type) cannot be offloaded: \(reason)",
                    table: definition.source,
                    hint: "set `columns: {\(group.name): {as: string}}` or `{exclude: true}` for this table")
            }
        }
        return columns
    }
}

/// A column, or the columns `n.a`, `n.b` that a Nested column `n` is stored as.
struct NestedGroup {
    let name: String
    let type: ClickHouseType
    let sql: String

    /// Columns in order; parallel arrays of one Nested column become one array of tuples where the first stands.
    static func gathered(_ names: [String], _ types: [String: ClickHouseType]) -> [NestedGroup] {
        var seen: Set<String> = []
        return names.compactMap { name in
            guard let type = types[name] else { return nil }
            guard case .array = type, let dot = name.firstIndex(of: ".") else {
                return NestedGroup(
                    name: name.replacing(".", with: "_"), type: type, sql: quoteIdentifier(name))
            }
            let parent = String(name[..<dot])
            guard seen.insert(parent).inserted else { return nil }
            let members = names.filter { $0.hasPrefix(parent + ".") }
            let fields = members.map { member -> ClickHouseType.Field in
                let inner: ClickHouseType =
                    if case .array(let element)? = types[member] { element } else { .nothing }
                return .init(name: String(member.dropFirst(parent.count + 1)), type: inner)
            }
            return NestedGroup(
                name: parent, type: .array(.tuple(fields)),
                sql: "arrayZip(\(members.map(quoteIdentifier).joined(separator: ", ")))")
        }
    }
}

extension ClickHouseType {
    /// A plain text column, nullable or not.
    var isText: Bool {
        switch self {
        case .string: true
        case .nullable(let inner), .lowCardinality(let inner): inner.isText
        default: false
        }
    }
}
