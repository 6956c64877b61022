/// Exceptions at the end of a body, and data that only looks like one.
import Testing

@testable import ClickHouse

@Suite struct ServerExceptionTests {
    static let tag = "abcdefghijklmnop"
    static let text = """
        Code: 395. DB::Exception: Value passed to 'throwIf' function is non-zero: while executing. \
        (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO) (version 26.9.1.1 (official build))
        """
    static let tagged =
        "\r\n__exception__\r\n\(tag)\r\n\(text)\n\(text.utf8.count + 1) \(tag)\r\n__exception__\r\n"

    @Test(
        arguments: [
            // ClickHouse 25.11 and later.
            ("PAR1 data" + tagged, tag),
            ("\r\n__exception__\r\nin the data" + tagged, tag),
            // The connection broke inside the block.
            ("PAR1 data\r\n__exception__\r\n\(tag)\r\n\(text)", tag),
            // Before: plain text behind the data, later with the bare marker.
            ("PAR1 data\(text)\n", nil),
            ("PAR1 data\n__exception__\n\(text)\n", nil),
            ("PAR1 data\(text)\n__exception__\r\n", nil),
        ] as [(String, String?)])
    func exceptionAtTheEndIsFound(body: String, tag: String?) throws {
        let exception = try #require(ServerException(tail: Array(body.utf8), tag: tag))
        #expect(exception.code == 395)
        #expect(exception.name == "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO")
        #expect(exception.message == "Value passed to 'throwIf' function is non-zero: while executing.")
    }

    @Test(
        arguments: [
            ("", nil),
            ("", tag),
            ("PAR1 data PAR1", tag),
            // Data that holds the words of an exception, and goes on.
            ("min: \(text) max: zzz\u{0}\u{1}PAR1", nil),
            ("Code: 1. DB::Exception: in a column", nil),
            ("Code: 1. DB::Exception: (version 1) and more text", nil),
            ("\r\n__exception__\r\n", tag),
            // A response with a tag believes nothing else: not plain text, not the bare marker, not another
            // tag.
            ("PAR1 data\(text)\n", tag),
            (tagged, "0123456789abcdef"),
            ("x", ""),
        ] as [(String, String?)])
    func dataThatLooksLikeAnExceptionIsNone(body: String, tag: String?) {
        #expect(ServerException(tail: Array(body.utf8), tag: tag) == nil)
    }

    @Test func binaryDataBeforeTheTextIsNoObstacle() {
        let body = [0xFF, 0x00, 0xC3] + Array(Self.text.utf8)
        #expect(ServerException(tail: body, tag: nil)?.code == 395)
    }

    @Test(
        arguments: [
            ("Code: 60. DB::Exception: Table a.b does not exist. (UNKNOWN_TABLE)", 60, "UNKNOWN_TABLE"),
            ("Code: 62. DB::Exception: Syntax error:\n\nfailed (at position 3)", 62, nil),
            ("Code: 210. DB::NetException: Connection refused (h:1). (NETWORK_ERROR)", 210, "NETWORK_ERROR"),
            ("Code: 1001. DB::Exception: std::exception. ()", 1001, nil),
        ] as [(String, Int, String?)])
    func textIsTakenApart(text: String, code: Int, name: String?) throws {
        let exception = try #require(ServerException(text: text))
        #expect(exception.code == code)
        #expect(exception.name == name)
    }

    @Test(arguments: [
        "", "Code: ", "Code: x. DB::Exception: y", "Code: 99999999999999999999. DB::Exception: y",
    ])
    func otherTextIsNoException(text: String) {
        #expect(ServerException(text: text) == nil)
    }
}
