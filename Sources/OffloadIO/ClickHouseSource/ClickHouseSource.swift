// The real source: ClickHouse over HTTP, which counts, splits and encodes its rows itself.
import ClickHouse
import Iceberg
import OffloadCore
import Synchronization

/// Asks ClickHouse in SQL and streams Parquet from it.
public final class ClickHouseSource: Source {
    let client: ClickHouseClient
    /// The shapes of the last `describe`, by table.
    private let shapes = Mutex<[String: TableShape]>([:])
    private let parquetSettings: ParquetSettings

    public init(client: ClickHouseClient) {
        self.client = client
        parquetSettings = ParquetSettings(client: client)
    }

    public func describe(_ definitions: [TableDefinition]) async throws -> SourceDescription {
        try await ClickHouseFailure.translated(nil) {
            let description = try await TableCatalog(client: client).describe(definitions)
            shapes.withLock { shapes in
                for case .success(let shape) in description.shapes.values {
                    shapes[shape.definition.source] = shape
                }
            }
            return SourceDescription(
                microseconds: description.microseconds,
                tables: description.shapes.mapValues { $0.map(\.sourceTable) })
        }
    }

    public func survey(
        _ table: SourceTable, after low: CursorValue?, through ceiling: CursorValue?
    ) async throws -> Survey {
        let shape = try shape(of: table)
        let cursor = shape.cursor
        // One scan answers for the rows behind the watermark and for those that stand exactly on it.
        let query = WindowQuery(
            shape, low: low, isLowIncluded: true, high: ceiling.map { max($0, low ?? $0) })
        let isNew = low == nil ? "1" : cursor.condition(">", parameter: "low")
        let lowest = cursor.text("minIf(\(cursor.sql), \(isNew))")
        let highest = cursor.text("maxIf(\(cursor.sql), \(isNew))")
        let row = try await row(
            "SELECT countIf(\(isNew)), count(), \(lowest), \(highest) \(query.tail)", query, table)
        guard row.count == 4, let rowCount = row[0].flatMap({ Int64($0) }),
            let all = row[1].flatMap({ Int64($0) })
        else { throw ClickHouseFailure.malformed(table.name) }
        guard rowCount > 0 else {
            return Survey(rowCount: 0, bounds: nil, boundaryRowCount: low == nil ? nil : all)
        }
        guard let first = row[2].flatMap(table.cursor.value(of:)),
            let last = row[3].flatMap(table.cursor.value(of:)),
            first <= last
        else { throw ClickHouseFailure.malformed(table.name) }
        return Survey(
            rowCount: rowCount, bounds: first...last, boundaryRowCount: low == nil ? nil : all - rowCount)
    }

    public func hasRows(_ table: SourceTable) async throws -> Bool {
        let query = WindowQuery(try shape(of: table), low: nil, high: nil)
        return try await ClickHouseFailure.translated(table.name) {
            try await !client.rows("SELECT 1 \(query.tail) LIMIT 1").isEmpty
        }
    }

    public func histogram(
        _ table: SourceTable, for lake: LakeTable, after low: CursorValue?,
        through bounds: ClosedRange<CursorValue>,
        binCount: Int
    ) async throws -> [Bin] {
        let shape = try shape(of: table)
        let cursor = shape.cursor
        let query = WindowQuery(shape, low: low, high: bounds.upperBound)
        // The partition as far as the cursor alone decides it: windows are cut where it changes.
        let partition = try partitions(of: shape, lake).filter {
            $0.field.transform.isOrderPreserving
                && lake.schema.field(id: $0.field.sourceID)?.name == lakeName(of: shape, lake)
        }.map { "toString(\($0.sql))" }
        let span = bounds.upperBound.ticks - bounds.lowerBound.ticks
        let width = span / Int128(max(1, binCount)) + 1
        let bin = "intDiv(\(cursor.ticks) - toInt128('\(bounds.lowerBound.ticks)'), toInt128('\(width)'))"
        let rows = try await rows(
            """
            SELECT concat('', \((["''"] + partition).joined(separator: ", '/', "))) AS offload_partition, \(bin) AS offload_bin,
                count(), \(cursor.text("min(\(cursor.sql))")), \(cursor.text("max(\(cursor.sql))"))
            \(query.tail) GROUP BY offload_partition, offload_bin ORDER BY min(\(cursor.sql))
            """, query, table)
        return try rows.map { row in
            guard row.count == 5, let partition = row[0], let count = row[2].flatMap({ Int64($0) }),
                let lowest = row[3].flatMap(table.cursor.value(of:)),
                let highest = row[4].flatMap(table.cursor.value(of:))
            else { throw ClickHouseFailure.malformed(table.name) }
            return Bin(rowCount: count, lowest: lowest, highest: highest, partition: partition)
        }
    }

    public func split(_ window: Window, of table: SourceTable, for lake: LakeTable) async throws
        -> [PartitionSlice]
    {
        let shape = try shape(of: table)
        let query = WindowQuery(shape, low: window.low, high: window.high)
        let expressions = try partitions(of: shape, lake)
        let names = expressions.indices.map { "offload_p\($0)" }
        let values = zip(expressions, names).map { "\($0.sql) AS \($1)" }
        let grouping =
            names.isEmpty
            ? ""
            : " GROUP BY \(names.joined(separator: ", ")) ORDER BY \(names.joined(separator: ", "))"
        let rows = try await rows(
            "SELECT \((values + ["count()"]).joined(separator: ", ")) \(query.tail)\(grouping)", query, table)
        return try rows.map { row in
            guard row.count == expressions.count + 1,
                let count = row[expressions.count].flatMap({ Int64($0) })
            else { throw ClickHouseFailure.malformed(table.name) }
            return PartitionSlice(
                values: try zip(expressions, row).map { try $0.literal(of: $1) }, rowCount: count)
        }
    }

    public func copy(
        _ slice: PartitionSlice, of window: Window, of table: SourceTable, for lake: LakeTable, label: String,
        into draft: any DataFileDraft
    ) async throws {
        let shape = try shape(of: table)
        var query = WindowQuery(shape, low: window.low, high: window.high)
        for (number, (expression, value)) in zip(try partitions(of: shape, lake), slice.values).enumerated() {
            query.require(
                expression.condition(parameter: "p\(number)", isNull: value == nil), parameter: "p\(number)",
                value: value.map(PartitionExpression.text(of:)))
        }
        let list = shape.list(lake.columns) { $0.selected }
        let sql = "SELECT \(list) \(query.tail)\(order(of: lake, shape)) FORMAT Parquet"
        do {
            try await ClickHouseFailure.translated(table.name) {
                let settings = try await parquetSettings.known().merging(TableShape.listSettings) { $1 }
                _ = try await client.stream(
                    sql, parameters: query.parameters, settings: settings,
                    queryID: "offload-\(label)", into: DraftSink(draft))
            }
        } catch let error as OffloadError where error.code == .invalidText {
            throw try await counted(error, shape, query)
        }
    }

    func shape(of table: SourceTable) throws -> TableShape {
        guard let shape = shapes.withLock({ $0[table.name] }) else {
            throw OffloadError(.internalFault, "the table was not described", table: table.name)
        }
        return shape
    }

    /// The name that the cursor column has in Iceberg; nil if it is excluded.
    private func lakeName(of shape: TableShape, _ lake: LakeTable) -> String? {
        lake.columns.first { $0.source.name == shape.cursor.cursor.column }?.field.name
    }

    private func partitions(of shape: TableShape, _ lake: LakeTable) throws -> [PartitionExpression] {
        try lake.spec.fields.map { field in
            guard let column = lake.columns.first(where: { $0.field.id == field.sourceID }),
                let expression = shape.columns.first(where: { $0.name == column.source.name })
            else {
                throw OffloadError(
                    .schemaMismatch, "the partition field `\(field.name)` has no column in the source",
                    table: shape.definition.source)
            }
            return try PartitionExpression(field, column: expression, type: column.field.type)
        }
    }

    private func order(of lake: LakeTable, _ shape: TableShape) -> String {
        let terms = lake.sortOrder.fields.compactMap { field -> String? in
            guard let column = lake.columns.first(where: { $0.field.id == field.sourceID }),
                let expression = shape.columns.first(where: { $0.name == column.source.name })
            else { return nil }
            let direction = field.direction == .ascending ? "ASC" : "DESC"
            return "\(expression.raw) \(direction) NULLS \(field.nullOrder == .first ? "FIRST" : "LAST")"
        }
        return terms.isEmpty ? "" : " ORDER BY " + terms.joined(separator: ", ")
    }

    /// Text that is no UTF-8 stopped a copy: says in how many rows of which column.
    private func counted(_ error: OffloadError, _ shape: TableShape, _ query: WindowQuery) async throws
        -> OffloadError
    {
        let checks = shape.columns.compactMap { column in column.isInvalid.map { (column.name, $0) } }
        let counts = checks.map { "countIf(\($0.1))" }.joined(separator: ", ")
        let row = try await row("SELECT \(counts) \(query.tail)", query, shape.sourceTable)
        let found = zip(checks.map(\.0), row).compactMap { name, text in
            text.flatMap { Int64($0) }.flatMap { $0 > 0 ? "`\(name)`: \($0) rows" : nil }
        }
        return OffloadError(
            .invalidText, "text that is not UTF-8 in \(found.joined(separator: ", ")); nothing was committed",
            table: shape.definition.source, underlying: error,
            hint: "set `invalid_utf8: replace` or `binary` for this table, or `as: binary` for the column")
    }

    func row(
        _ sql: String, _ query: WindowQuery, _ table: SourceTable, settings: [String: String] = [:]
    ) async throws -> [String?] {
        guard let row = try await rows(sql, query, table, settings).first else {
            throw ClickHouseFailure.malformed(table.name)
        }
        return row
    }

    private func rows(
        _ sql: String, _ query: WindowQuery, _ table: SourceTable, _ settings: [String: String] = [:]
    ) async throws -> [[String?]] {
        try await ClickHouseFailure.translated(table.name) {
            try await client.rows(sql, parameters: query.parameters, settings: settings)
        }
    }
}
