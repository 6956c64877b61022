// The types of every table's columns, for people and for programs.
import Iceberg
import OffloadCore

struct FidelityReport {
    let tables: [(definition: TableDefinition, result: Result<SourceTable, OffloadError>)]

    /// Tables that cannot be offloaded as they are configured.
    var failures: [OffloadError] {
        tables.compactMap { table in
            if case .failure(let error) = table.result { error } else { nil }
        }
    }

    var text: String {
        tables.compactMap { table in
            (try? table.result.get()).map { Self.text($0) }
        }.joined(separator: "\n")
    }

    var json: JSONValue {
        ["tables": .array(tables.map { Self.json($0.definition, $0.result) })]
    }

    private static func text(_ table: SourceTable) -> String {
        var columns = TextTable([
            .left("COLUMN"), .left("CLICKHOUSE"), .left("ICEBERG"), .left("LOSSLESS"), .left("NOTE"),
        ])
        for column in table.columns {
            columns.add([
                column.name, column.sourceType, column.type.description,
                column.isLossless ? "yes" : "NO", column.note ?? "",
            ])
        }
        return "\(table.name) -> \(table.definition.target), cursor \(table.cursor.column)\n" + columns.text
    }

    private static func json(
        _ definition: TableDefinition, _ result: Result<SourceTable, OffloadError>
    ) -> JSONValue {
        let head: [(String, JSONValue)] = [
            ("table", .string(definition.source)), ("target", .string(definition.target)),
            ("cursor", .string(definition.cursor)),
        ]
        switch result {
        case .failure(let error): return .object(head + [("error", error.json)])
        case .success(let table): return .object(head + [("columns", .array(table.columns.map(json)))])
        }
    }

    private static func json(_ column: SourceColumn) -> JSONValue {
        [
            "name": .string(column.name), "clickhouse": .string(column.sourceType),
            "iceberg": .string(column.type.description), "nullable": .bool(column.isNullable),
            "lossless": .bool(column.isLossless), "note": .init(column.note),
        ]
    }
}
