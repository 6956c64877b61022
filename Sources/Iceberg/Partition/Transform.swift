/// How a partition or sort value is made from a column's value (spec "Partition Transforms").
public enum Transform: Sendable, Hashable {
    case identity, year, month, day, hour
    /// The number of buckets, from 1.
    case bucket(Int)
    /// The width, from 1: characters, bytes, or the step of a number.
    case truncate(Int)
    /// Always null.
    case void
    /// A transform of a newer spec; kept, never applied.
    case unknown(String)

    /// Reads `day` or `bucket[16]`; what it does not know becomes `unknown`.
    public init(_ text: String) {
        switch text {
        case "identity": self = .identity
        case "year": self = .year
        case "month": self = .month
        case "day": self = .day
        case "hour": self = .hour
        case "void": self = .void
        default:
            if let count = Self.argument(of: text, after: "bucket[") {
                self = .bucket(count)
            } else if let width = Self.argument(of: text, after: "truncate[") {
                self = .truncate(width)
            } else {
                self = .unknown(text)
            }
        }
    }

    private static func argument(of text: String, after name: String) -> Int? {
        guard text.hasPrefix(name), text.hasSuffix("]"),
            let number = Int32(text.dropFirst(name.count).dropLast()), number > 0
        else { return nil }
        return Int(number)
    }

    /// The type of the results; nil when the transform does not take values of this type.
    public func resultType(for source: DataType) -> DataType? {
        switch (self, source) {
        case (_, .struct), (_, .list), (_, .map), (.bucket(...0), _), (.truncate(...0), _): nil
        case (.identity, _), (.void, _): source
        case (.year, .date), (.year, .timestamp), (.year, .timestamptz),
            (.month, .date), (.month, .timestamp), (.month, .timestamptz),
            (.hour, .timestamp), (.hour, .timestamptz):
            .int
        // The spec says int; Java and PyIceberg give the int the logical type date, and readers take both.
        case (.day, .date), (.day, .timestamp), (.day, .timestamptz): .date
        case (.bucket, .boolean), (.bucket, .float), (.bucket, .double): nil
        case (.bucket, _): .int
        case (.truncate, .int), (.truncate, .long), (.truncate, .decimal), (.truncate, .string),
            (.truncate, .binary):
            source
        default: nil
        }
    }

    /// Whether a larger value never has a smaller result, so that the bounds of a file show its partition.
    public var isOrderPreserving: Bool {
        switch self {
        case .identity, .year, .month, .day, .hour, .truncate: true
        case .bucket, .void, .unknown: false
        }
    }
}

extension Transform: CustomStringConvertible {
    public var description: String {
        switch self {
        case .identity: "identity"
        case .year: "year"
        case .month: "month"
        case .day: "day"
        case .hour: "hour"
        case .bucket(let count): "bucket[\(count)]"
        case .truncate(let width): "truncate[\(width)]"
        case .void: "void"
        case .unknown(let text): text
        }
    }
}
