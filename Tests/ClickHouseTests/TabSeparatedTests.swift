/// NULL, empty text and every escape stay apart.
import Testing

@testable import ClickHouse

@Suite struct TabSeparatedTests {
    @Test(
        arguments: [
            ("", []),
            ("\n", [[""]]),
            ("a\t\tb\n", [["a", "", "b"]]),
            ("\\N\t\\\\N\tN\n", [[nil, "\\N", "N"]]),
            ("a\\tb\\nc\\\\d\\'e\\0\\b\\f\\r\n1\n", [["a\tb\nc\\d'e\0\u{08}\u{0C}\r"], ["1"]]),
        ] as [(String, [[String?]])])
    func rowsAreExact(text: String, rows: [[String?]]) throws {
        #expect(try TabSeparated.rows(Array(text.utf8)) == rows)
    }

    @Test(arguments: [Array("a\tb".utf8), [0xFF, 0x0A]])
    func cutOrBrokenTextIsRefused(bytes: [UInt8]) {
        let error = #expect(throws: ClickHouseError.self) { try TabSeparated.rows(bytes) }
        #expect(error?.code == .malformedResponse)
    }
}
