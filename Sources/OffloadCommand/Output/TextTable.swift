// Rows of text in aligned columns.

/// A table for a terminal: two spaces between columns, numbers to the right, no rules.
struct TextTable {
    enum Alignment {
        case left, right
    }

    struct Column {
        let title: String
        let alignment: Alignment

        static func left(_ title: String) -> Column { Column(title: title, alignment: .left) }
        static func right(_ title: String) -> Column { Column(title: title, alignment: .right) }
    }

    private let columns: [Column]
    private var rows: [[String]]
    /// Lines that stand below a row, outside the columns.
    private var notes: [Int: [String]] = [:]

    init(_ columns: [Column]) {
        self.columns = columns
        rows = [columns.map(\.title)]
    }

    /// - Parameters:
    ///   - cells: one per column; what is missing is blank.
    ///   - notes: stand below the row, indented, a line each.
    mutating func add(_ cells: [String], notes: [String] = []) {
        self.notes[rows.count] = notes
        rows.append(cells)
    }

    /// Every line with its line break.
    var text: String {
        let widths = columns.indices.map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        var text = ""
        for (number, row) in rows.enumerated() {
            let cells = zip(columns, widths).enumerated().map { index, column in
                let cell = index < row.count ? row[index] : ""
                let padding = String(repeating: " ", count: column.1 - cell.count)
                return column.0.alignment == .left ? cell + padding : padding + cell
            }
            text += Self.trimmed(cells.joined(separator: "  ")) + "\n"
            for note in notes[number] ?? [] { text += "  \(note)\n" }
        }
        return text
    }

    private static func trimmed(_ line: String) -> Substring {
        line.lastIndex { $0 != " " }.map { line[...$0] } ?? ""
    }
}
