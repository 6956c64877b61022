/// What reading types, table names and rows promises for any bytes at all; tests hold it to hostile texts, `proof/fuzz`
/// to millions.
@testable import ClickHouse

enum GrammarPromise {
    /// What went wrong with these bytes; nil when each reader refused them with the room's own error, or read what is
    /// written and read again as the same.
    static func breach(by bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        return typeBreach(by: text) ?? nameBreach(by: text) ?? rowBreach(by: bytes)
    }

    private static func typeBreach(by text: String) -> String? {
        guard let type = try? ClickHouseType(text) else { return nil }
        // Written out, with its spaces, a type can be longer than what is read.
        guard type.description.utf8.count <= TypeParser.byteCountMax else { return nil }
        do {
            let copy = try ClickHouseType(type.description)
            let isSame = copy == type && copy.description.utf8.elementsEqual(type.description.utf8)
            return isSame ? nil : "a type reads back as \(copy)"
        } catch {
            return "a type's description cannot be read: \(error)"
        }
    }

    private static func nameBreach(by text: String) -> String? {
        guard let name = try? QualifiedTableName(text) else { return nil }
        do {
            return try QualifiedTableName(name.sql) == name ? nil : "a table's name reads back as another"
        } catch {
            return "a table's name cannot be read: \(error)"
        }
    }

    private static func rowBreach(by bytes: [UInt8]) -> String? {
        guard let rows = try? TabSeparated.rows(bytes) else { return nil }
        let lines = rows.map { row in
            row.map { $0.map(escapeTabSeparated) ?? "\\N" }.joined(separator: "\t") + "\n"
        }
        do {
            let copy = try TabSeparated.rows(Array(lines.joined().utf8))
            return copy == rows ? nil : "rows read back as others"
        } catch {
            return "rows cannot be read again: \(error)"
        }
    }
}
