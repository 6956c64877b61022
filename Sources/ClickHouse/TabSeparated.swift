/// Reads ClickHouse's TabSeparated format, which is exact for every text and tells NULL from all of them.

enum TabSeparated {
    /// Rows of cells; nil is NULL, written as `\N`, which no text is: its backslash would be doubled.
    /// - Throws: `ClickHouseError` `malformedResponse` for a cell that is not UTF-8 or a row that has no end.
    static func rows(_ bytes: [UInt8]) throws(ClickHouseError) -> [[String?]] {
        guard bytes.isEmpty || bytes.last == UInt8(ascii: "\n") else {
            throw ClickHouseError(.malformedResponse, "the last row has no end")
        }
        var rows: [[String?]] = []
        for line in bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        where !bytes.isEmpty {
            var row: [String?] = []
            for cell in line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false) {
                row.append(try text(cell))
            }
            rows.append(row)
        }
        return rows
    }

    private static func text(_ cell: ArraySlice<UInt8>) throws(ClickHouseError) -> String? {
        if cell.elementsEqual("\\N".utf8) {
            return nil
        }
        var content: [UInt8] = []
        var rest = cell
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() {
                content += unescaped(escaped)
            } else {
                content.append(byte)
            }
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw ClickHouseError(.malformedResponse, "a value is not UTF-8; ask for it with hex()")
        }
        return text
    }
}
