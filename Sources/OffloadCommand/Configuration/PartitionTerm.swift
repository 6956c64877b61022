/// One term of `partition_by`: a transform, its argument where it takes one, and the column it works on.
struct PartitionTerm: Hashable, Sendable {
    enum Transform: String, CaseIterable, Sendable {
        case identity, year, month, day, hour, bucket, truncate

        /// What the argument counts; nil where there is none.
        var argument: String? {
            switch self {
            case .bucket: "number of buckets"
            case .truncate: "width"
            case .identity, .year, .month, .day, .hour: nil
            }
        }
    }

    let transform: Transform
    var argument: Int?
    let column: String

    init(transform: Transform, argument: Int? = nil, column: String) {
        self.transform = transform
        self.argument = argument
        self.column = column
    }

    /// Reads `day(at)`, `bucket(16, symbol)`, `truncate(10, name)`, or a bare column for its identity.
    init(_ text: String) throws {
        guard let open = text.firstIndex(of: "(") else {
            self.init(transform: .identity, column: try Self.column(text[...], in: text))
            return
        }
        guard text.last == ")" else { throw Complaint("\"\(text)\" has no ) at its end", offset: text.count) }
        let name = String(text[..<open])
        guard let transform = Transform(rawValue: name) else { throw Self.unknown(name) }
        let inner = text[text.index(after: open)...].dropLast()
        guard let what = transform.argument else {
            self.init(transform: transform, column: try Self.column(inner, in: text))
            return
        }
        // Iceberg's bucket count and truncate width are 32-bit (spec, "Partition Transforms").
        guard let comma = inner.firstIndex(of: ","),
            let argument = Int32(Self.trimmed(inner[..<comma])), argument > 0
        else {
            throw Complaint(
                "\(name) takes its \(what) first: \(name)(16, column)",
                offset: text.distance(from: text.startIndex, to: inner.startIndex))
        }
        let column = try Self.column(inner[inner.index(after: comma)...], in: text)
        self.init(transform: transform, argument: Int(argument), column: column)
    }

    private static func column(_ part: Substring, in text: String) throws -> String {
        let column = trimmed(part)
        guard !column.isEmpty, !column.contains(where: { "(), \t\"'`".contains($0) }) else {
            let offset = text.distance(
                from: text.startIndex, to: column.isEmpty ? part.startIndex : column.startIndex)
            throw Complaint("expected one column's name here", offset: offset)
        }
        return String(column)
    }

    private static func unknown(_ name: String) -> Complaint {
        let words = Transform.allCases.map(\.rawValue)
        let near = nearest(to: name, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
        return Complaint("\"\(name)\" is no transform; expected \(words.joined(separator: ", "))\(near)")
    }

    private static func trimmed(_ part: Substring) -> Substring {
        let start = part.drop { $0.isWhitespace }
        let end = start.lastIndex { !$0.isWhitespace }.map { start.index(after: $0) }
        return start[..<(end ?? start.startIndex)]
    }
}

extension PartitionTerm: CustomStringConvertible {
    var description: String {
        switch (transform, argument) {
        case (.identity, _): column
        case (_, let argument?): "\(transform.rawValue)(\(argument), \(column))"
        case (_, nil): "\(transform.rawValue)(\(column))"
        }
    }
}

extension Codec where Value == PartitionTerm {
    static var partitionTerm: Codec {
        .scalar("column, year|month|day|hour(column), bucket(N, column) or truncate(N, column)") {
            try PartitionTerm($0)
        }
    }
}
