/// Reads ClickHouse's type grammar (ClickHouse `DataTypeFactory`, `ParserDataType`).

/// Recursive descent; the depth limit keeps hostile text from exhausting the stack.
struct TypeParser {
    static let byteCountMax = 1 << 20
    private static let depthMax = 64

    private var scanner: TextScanner
    private var depth = 0

    static func parse(_ text: String) throws(ClickHouseError) -> ClickHouseType {
        guard text.utf8.count <= byteCountMax else {
            throw ClickHouseError(.malformedText, "a type has more than \(byteCountMax) bytes")
        }
        var parser = TypeParser(scanner: TextScanner(text))
        let type = try parser.type()
        parser.scanner.skipSpaces()
        try parser.scanner.expectEnd()
        return type
    }

    private init(scanner: TextScanner) {
        self.scanner = scanner
    }

    private mutating func type() throws(ClickHouseError) -> ClickHouseType {
        guard let name = scanner.word() else { throw scanner.failure("expected a type") }
        return try type(named: name)
    }

    private mutating func type(named name: String) throws(ClickHouseError) -> ClickHouseType {
        guard depth < Self.depthMax else {
            throw scanner.failure("more than \(Self.depthMax) levels of types")
        }
        depth += 1
        defer { depth -= 1 }
        if let plain = ClickHouseType.plain[name] {
            return plain
        }
        if name.hasPrefix("Interval") {
            return .interval(unit: String(name.dropFirst("Interval".count)))
        }
        guard scanner.take("(") else { return withoutArguments(name) }
        // An empty Tuple() is a type of its own; nothing else may be empty.
        if name == "Tuple", scanner.take(")") {
            return .tuple([])
        }
        let type = try withArguments(name)
        try scanner.expect(")")
        return type
    }

    private func withoutArguments(_ name: String) -> ClickHouseType {
        switch name {
        case "DateTime": .dateTime(timeZone: nil)
        case "DateTime64": .dateTime64(precision: 3, timeZone: nil)
        case "Time64": .time64(precision: 3)
        case "Decimal": .decimal(precision: 10, scale: 0)
        case "JSON": .json(arguments: nil)
        case "Dynamic": .dynamic(typeCountMax: nil)
        default: .unknown(name)
        }
    }

    private mutating func withArguments(_ name: String) throws(ClickHouseError) -> ClickHouseType {
        switch name {
        case "Nullable": .nullable(try type())
        case "LowCardinality": .lowCardinality(try type())
        case "Array": .array(try type())
        case "Map": .map(key: try type(), value: try secondType())
        case "Tuple": .tuple(try list { (parser) throws(ClickHouseError) in try parser.field() })
        case "Nested": .nested(try list { (parser) throws(ClickHouseError) in try parser.namedField() })
        case "Variant": .variant(try list { (parser) throws(ClickHouseError) in try parser.type() })
        case "Enum8":
            .enum8(try list { (parser) throws(ClickHouseError) in try parser.enumValue(-128...127) })
        case "Enum16":
            .enum16(try list { (parser) throws(ClickHouseError) in try parser.enumValue(-32768...32767) })
        case "FixedString": .fixedString(size: try number(in: 1...0xFF_FFFF))
        case "Decimal": try decimal()
        case "Decimal32": .decimal(precision: 9, scale: try number(in: 0...9))
        case "Decimal64": .decimal(precision: 18, scale: try number(in: 0...18))
        case "Decimal128": .decimal(precision: 38, scale: try number(in: 0...38))
        case "Decimal256": .decimal(precision: 76, scale: try number(in: 0...76))
        case "DateTime": .dateTime(timeZone: try scanner.quoted("'"))
        case "DateTime64": .dateTime64(precision: try number(in: 0...9), timeZone: try secondQuoted())
        case "Time64": .time64(precision: try number(in: 0...9))
        case "SimpleAggregateFunction":
            .simpleAggregateFunction(function: try scanner.argument(), try secondType())
        case "AggregateFunction": .aggregateFunction(try allArguments())
        case "JSON": .json(arguments: try allArguments())
        case "Object": .object(schema: try scanner.quoted("'"))
        case "Dynamic": .dynamic(typeCountMax: try typeCountMax())
        default: .unknown("\(name)(\(try allArguments()))")
        }
    }

    private mutating func list<Item>(
        _ item: (inout TypeParser) throws(ClickHouseError) -> Item
    ) throws(ClickHouseError) -> [Item] {
        var items: [Item] = []
        repeat {
            items.append(try item(&self))
        } while scanner.take(",")
        return items
    }

    private mutating func secondType() throws(ClickHouseError) -> ClickHouseType {
        try scanner.expect(",")
        return try type()
    }

    private mutating func secondQuoted() throws(ClickHouseError) -> String? {
        scanner.take(",") ? try scanner.quoted("'") : nil
    }

    /// A tuple's element: a word that a type follows is a name, a word that none follows is a type.
    private mutating func field() throws(ClickHouseError) -> ClickHouseType.Field {
        scanner.skipSpaces()
        guard scanner.next != UInt8(ascii: "`"), scanner.next != UInt8(ascii: "\"") else {
            return try namedField()
        }
        guard let first = scanner.word() else { throw scanner.failure("expected a name or type") }
        if let second = scanner.word() {
            return .init(name: first, type: try type(named: second))
        }
        return .init(name: nil, type: try type(named: first))
    }

    private mutating func namedField() throws(ClickHouseError) -> ClickHouseType.Field {
        scanner.skipSpaces()
        let name: String
        switch scanner.next {
        case UInt8(ascii: "`"): name = try scanner.quoted("`")
        case UInt8(ascii: "\""): name = try scanner.quoted("\"")
        default:
            guard let word = scanner.word() else { throw scanner.failure("expected a name") }
            name = word
        }
        return .init(name: name, type: try type())
    }

    private mutating func enumValue(
        _ range: ClosedRange<Int>
    ) throws(ClickHouseError) -> ClickHouseType.EnumValue {
        let name = try scanner.quoted("'")
        try scanner.expect("=")
        return .init(name: name, number: try number(in: range))
    }

    private mutating func decimal() throws(ClickHouseError) -> ClickHouseType {
        let precision = try number(in: 1...76)
        return .decimal(precision: precision, scale: scanner.take(",") ? try number(in: 0...precision) : 0)
    }

    private mutating func typeCountMax() throws(ClickHouseError) -> Int {
        guard scanner.word() == "max_types" else { throw scanner.failure("expected max_types") }
        try scanner.expect("=")
        return try number(in: 0...254)
    }

    private mutating func number(in range: ClosedRange<Int>) throws(ClickHouseError) -> Int {
        let number = try scanner.integer()
        guard range.contains(number) else {
            throw scanner.failure("\(number) is not in \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The rest up to the closing parenthesis, as written.
    private mutating func allArguments() throws(ClickHouseError) -> String {
        scanner.skipSpaces()
        let start = scanner.position
        repeat {
            _ = try scanner.argument()
        } while scanner.take(",")
        return scanner.text(from: start)
    }
}
