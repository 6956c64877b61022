/// What the server says when a query fails, and where in a response it says so.
import HTTPTransport

/// The text `Code: 60. DB::Exception: … (UNKNOWN_TABLE) (version 26.9.1.1 (official build))`, taken apart.
struct ServerException: Equatable {
    let code: Int
    /// As in `system.errors`; nil when the text does not name it.
    let name: String?
    let message: String

    /// nil when the text is not an exception's.
    init?(text: String) {
        // Besides DB::Exception there are DB::NetException, DB::ParsingException and others.
        guard let start = text.prefixMatch(of: #/Code: (\d+)\. DB::\w*Exception: /#), let code = Int(start.1)
        else {
            return nil
        }
        self.code = code
        var message = text[start.range.upperBound...]
        if let version = message.ranges(of: " (version ").last {
            message = message[..<version.lowerBound]
        }
        // `(NAME)` is last in the message.
        if message.hasSuffix(")"), let open = message.lastIndex(of: "("),
            case let name = message[open...].dropFirst().dropLast(),
            !name.isEmpty, name.allSatisfy({ $0.isUppercase || $0.isNumber || $0 == "_" })
        {
            self.name = String(name)
            message = message[..<open]
        } else {
            name = nil
        }
        self.message = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

extension ServerException {
    /// The exception that a body's end tells of, or nil.
    ///
    /// With a tag (ClickHouse >= 25.11, header X-ClickHouse-Exception-Tag) the end is
    /// `\r\n__exception__\r\n<tag>\r\n<message>\n<length> <tag>\r\n__exception__\r\n`. The tag is drawn by
    /// lot for each response, so data cannot hold it; the bare marker is in anybody's data and proves
    /// nothing. Older servers append the plain text to the data, later ones after the bare marker: then the
    /// text must reach to the very end of the body and end as such texts do.
    init?(tail: [UInt8], tag: String?) {
        if let tag {
            self.init(taggedTail: tail, tag: tag)
        } else {
            self.init(plainTail: tail)
        }
    }

    private init?(taggedTail tail: [UInt8], tag: String) {
        guard !tag.isEmpty, let block = Self.last("\(Self.marker)\r\n\(tag)\r\n", in: tail) else {
            return nil
        }
        let text = String(decoding: tail[block.upperBound...], as: UTF8.self)
        // A connection that breaks inside the block leaves no closing line; what there is of the message is
        // taken.
        let closing = text.ranges(of: " \(tag)").last
        let lines = text[..<(closing?.lowerBound ?? text.endIndex)]
            .split(omittingEmptySubsequences: false) { $0.isNewline }
        self.init(text: (closing == nil ? lines[...] : lines.dropLast()).joined(separator: "\n"))
    }

    private init?(plainTail tail: [UInt8]) {
        guard let start = Self.last("Code: ", in: tail)?.lowerBound,
            let text = String(validating: tail[start...], as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0.value < 0x20 && !"\t\r\n".unicodeScalars.contains($0) })
        else { return nil }
        var lines = text.split { $0.isNewline }
        if lines.last == Self.marker[...] {
            lines.removeLast()
        }
        guard lines.last?.hasSuffix(")") == true, text.contains(" (version ") else { return nil }
        self.init(text: lines.joined(separator: "\n"))
    }

    private static let marker = "__exception__"

    private static func last(_ pattern: String, in bytes: [UInt8]) -> Range<Int>? {
        let pattern = Array(pattern.utf8)
        guard bytes.count >= pattern.count else { return nil }
        return stride(from: bytes.count - pattern.count, through: 0, by: -1).lazy
            .map { $0..<($0 + pattern.count) }
            .first { bytes[$0].elementsEqual(pattern) }
    }
}

extension ClickHouseError {
    /// An exception of the server, sorted by its number (ClickHouse `ErrorCodes.cpp`).
    init(_ exception: ServerException, context: [String: String] = [:]) {
        self.init(
            Self.category(exception.code), exception.message, serverCode: exception.code,
            serverName: exception.name, context: context)
    }

    /// A whole response that says the query failed: with an exception's text, with its number alone, or, from
    /// a proxy, with neither.
    init(failed response: HTTPResponse) {
        let context = ["status": String(response.status)]
        if let exception = ServerException(text: response.text) {
            self.init(exception, context: context)
        } else if let number = response.headers["X-ClickHouse-Exception-Code"].flatMap({ Int($0) }) {
            self.init(Self.category(number), response.text, serverCode: number, context: context)
        } else {
            let code: Code =
                switch response.status {
                case 401: .authentication
                case 403: .accessDenied
                case 429: .tooManyQueries
                case 502, 503, 504: .unavailable
                default: .malformedResponse
                }
            self.init(code, "HTTP status \(response.status): \(response.text.prefix(1000))", context: context)
        }
    }

    static func category(_ serverCode: Int) -> Code {
        switch serverCode {
        case 192, 193, 194, 516: .authentication
        case 497: .accessDenied
        case 164, 452: .settingsAreReadOnly
        case 60, 81: .unknownTable
        case 8, 10, 16, 47: .unknownColumn
        case 115: .unknownSetting
        case 62: .syntax
        case 43, 50, 53, 69, 70, 131, 321, 349, 386, 407: .typeMismatch
        case 241: .memoryLimit
        case 158, 191, 201, 290, 307, 396: .limitExceeded
        case 159, 160, 209: .timeout
        case 202: .tooManyQueries
        case 216: .queryIDInUse
        case 394, 735: .killed
        case 203, 210, 225, 236, 242, 279, 369, 745, 999: .unavailable
        default: .server
        }
    }
}
