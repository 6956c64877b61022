/// When a MergeTree table deletes rows by itself: the clauses of its TTL, as its engine tells them.

/// A clause that deletes rows, as SQL over the table's columns.
public struct DeletionRule: Sendable, Hashable {
    /// The moment from which a row may be gone; 1970 stands for never.
    public let expression: String
    /// Which rows it is about; nil: all.
    public let condition: String?

    /// - Parameter engine: `engine_full` of system.tables, where ClickHouse has brought it into one form.
    /// - Throws: `malformedText` if a quote is not closed.
    public static func rules(of engine: String) throws(ClickHouseError) -> [DeletionRule] {
        var scanner = TextScanner(engine)
        var words: [String] = []
        while let word = try scanner.balancedWord() { words.append(word) }
        guard let begin = words.firstIndex(of: "TTL") else { return [] }
        var clauses: [[String]] = [[]]
        for word in words[(begin + 1)...].prefix(while: { $0 != "SETTINGS" }) {
            // Behind GROUP BY, commas separate columns; and its rows are summed up, not deleted.
            if word == "GROUP" { return clauses.dropLast().compactMap { DeletionRule($0) } }
            clauses[clauses.count - 1].append(word.hasSuffix(",") ? String(word.dropLast()) : word)
            if word.hasSuffix(",") { clauses.append([]) }
        }
        return clauses.compactMap { DeletionRule($0) }
    }

    init(expression: String, condition: String?) {
        self.expression = expression
        self.condition = condition
    }

    /// Nil for a clause that moves rows to another disk or compresses them anew.
    private init?(_ words: [String]) {
        guard !words.contains("TO"), !words.contains("RECOMPRESS") else { return nil }
        let condition = words.drop { $0 != "WHERE" }.dropFirst()
        self.init(
            expression: words.prefix { $0 != "DELETE" && $0 != "WHERE" }.joined(separator: " "),
            condition: condition.isEmpty ? nil : condition.joined(separator: " "))
    }
}
