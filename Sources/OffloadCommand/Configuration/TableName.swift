/// A table's name with the database or namespace it lies in.
struct TableName: Hashable, Sendable {
    var namespace = ""
    var name = ""

    static let byteCountMax = 255
}

extension TableName: CustomStringConvertible {
    var description: String { "\(namespace).\(name)" }
}

extension Codec where Value == TableName {
    /// A ClickHouse table: the database ends at the first dot, for a table's own name may hold more of them.
    static var source: Codec {
        .scalar("database.table") { text in
            let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
                text.utf8.count <= 2 * TableName.byteCountMax,
                !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
            else { throw Complaint("\"\(text)\" is not a database.table") }
            return TableName(namespace: parts[0], name: parts[1])
        }
    }

    /// An Iceberg table: the last part is its name, those before it the namespace. The parts become folders
    /// of the warehouse, and the catalog's columns hold 255 characters (JdbcUtil.java, `VARCHAR(255)`).
    static var target: Codec {
        let form = "namespace.table of letters, digits, _ and -"
        return .scalar(form) { text in
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            let isPlain = parts.allSatisfy { part in
                !part.isEmpty
                    && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) }
            }
            guard let name = parts.last, parts.count >= 2, isPlain, text.utf8.count <= TableName.byteCountMax
            else {
                throw Complaint("\"\(text)\" is not a \(form)")
            }
            return TableName(namespace: parts.dropLast().joined(separator: "."), name: String(name))
        }
    }
}
