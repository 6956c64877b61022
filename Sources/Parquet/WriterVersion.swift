/// The ClickHouse release that wrote a file, as `created_by` names it.

public struct WriterVersion: Equatable, Sendable {
    public let major: Int
    public let minor: Int
    public let patch: Int

    public init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
        (self.major, self.minor, self.patch) = (major, minor, patch)
    }

    /// From "ClickHouse version 25.8.3 (build ...)"; nil for any other writer.
    public init?(createdBy: String) {
        let words = createdBy.split(separator: " ")
        guard words.count >= 3, words[0] == "ClickHouse", words[1] == "version" else { return nil }
        let numbers = words[2].split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count >= 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2]
        else {
            return nil
        }
        self.init(major, minor, patch)
    }
}

extension WriterVersion: Comparable, CustomStringConvertible {
    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    public var description: String { "\(major).\(minor).\(patch)" }
}
