// A table of the configuration file in the words of the flow.
import OffloadCore

extension TableDefinition {
    init(_ table: TableConfiguration, settle: Duration) {
        self.init(source: table.source.description, target: table.target.description, cursor: table.cursor)
        sequence = table.sequence
        layer = table.layer
        partitionBy = table.partitionBy.map { term in
            PartitionTerm(
                column: term.column,
                transform: term.argument.map { "\(term.transform.rawValue)[\($0)]" }
                    ?? term.transform.rawValue)
        }
        sortBy = table.sortBy
        rowCountMax = Int64(table.maxRowsPerFile)
        start = table.start
        columns = table.columns.mapValues { ColumnRule(type: $0.type, isExcluded: $0.isExcluded) }
        condition = table.whereClause
        isFinal = table.isFinal
        invalidUTF8 = table.invalidUTF8
        verification = table.verify
        self.settle = table.settle ?? settle
    }
}

extension OffloadConfiguration {
    /// The tables as the flow takes them.
    func definitions(_ chosen: [TableConfiguration]? = nil) -> [TableDefinition] {
        (chosen ?? tables).map { TableDefinition($0, settle: schedule.settle) }
    }
}
