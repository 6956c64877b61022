/// Names and texts that come back as they went.
import Testing

@testable import ClickHouse

@Suite struct QuotingTests {
    /// A generator with a fixed seed (SplitMix64), so that a failure repeats.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// Texts rich in what quoting must get right.
    private static func randomTexts(count: Int) -> [String] {
        var generator = Seeded(state: 42)
        let alphabet = Array("ab`'\"\\.,()=\n\t\r\0\u{08}\u{0C}xNn0%é😀".unicodeScalars)
        return (0..<count).map { _ in
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                text.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
            }
            return String(text)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aMegabyteOfEscapesIsWrittenInOnePass() {
        let text = String(repeating: "\\", count: 1 << 20)
        #expect(quoteLiteral(text).utf8.count == 2 + 2 << 20)
    }

    @Test func quotedTextsReadBackAsTheyWere() throws {
        for text in Self.randomTexts(count: 2000) {
            let type = ClickHouseType.tuple([
                .init(name: text, type: .enum8([.init(name: text, number: 1)])),
                .init(name: nil, type: .dateTime(timeZone: text)),
            ])
            let read = try ClickHouseType(type.description)
            // Compared by bytes: for Swift a text equals its other Unicode forms.
            #expect(read == type && Array(read.description.utf8) == Array(type.description.utf8))
            let name = QualifiedTableName(database: text, table: text)
            #expect(try QualifiedTableName(name.sql) == name)
            #expect(try TabSeparated.rows(Array("\(escapeTabSeparated(text))\t\\N\n".utf8)) == [[text, nil]])
        }
    }

    @Test func quotesAndBackslashesAreEscaped() {
        #expect(quoteIdentifier("a`b\\c'd") == #"`a\`b\\c'd`"#)
        #expect(quoteLiteral("it's `\\\n") == #"'it\'s `\\\n'"#)
        #expect(quoteLiteral("'; DROP TABLE t --") == #"'\'; DROP TABLE t --'"#)
    }

    @Test(arguments: [
        ("trades", nil, "trades", "`trades`"),
        ("market.trades", "market", "trades", "`market`.`trades`"),
        (" `my.db` . \"t`1\" ", "my.db", "t`1", #"`my.db`.`t\`1`"#),
        ("db.my-table", "db", "my-table", "`db`.`my-table`"),
    ])
    func tableNameIsReadAndQuoted(text: String, database: String?, table: String, sql: String) throws {
        let name = try QualifiedTableName(text)
        #expect(name == QualifiedTableName(database: database, table: table))
        #expect(name.sql == sql)
    }

    @Test(arguments: ["", " ", "a.", ".a", "a.b.c", "a b", "``", "`a", "a`b`", "a;DROP TABLE b"])
    func malformedTableNameIsRefused(text: String) {
        let error = #expect(throws: ClickHouseError.self) { try QualifiedTableName(text) }
        #expect(error?.code == .malformedText)
    }
}
