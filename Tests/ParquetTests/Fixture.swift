// The files that the real writers made (Fixtures/make.py), and the ways tests damage them.

import Foundation
import Testing

@testable import Parquet

enum Fixture: String, CaseIterable {
    case scalars
    case nested
    case longString = "long-string"
    case empty
    case bloomFilter = "bloom-filter"
    case otherNames = "other-names"

    func file() throws -> [UInt8] {
        let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(rawValue).parquet")
        return Array(try Data(contentsOf: url))
    }

    func footer() throws -> [UInt8] {
        let file = try file()
        let range = try Footer.locate(tail: file.suffix(8), fileSize: Int64(file.count))
        return Array(file[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    func metadata() throws -> FileMetadata {
        try FileMetadata(parsing: try footer())
    }

    /// As another release of ClickHouse would have signed it; the release must be as long as that of the fixtures.
    func metadata(writtenBy release: String) throws -> FileMetadata {
        var footer = try footer()
        let signature = try #require(footer.firstRange(of: Array("ClickHouse version 26.9.2".utf8)))
        footer.replaceSubrange(signature, with: Array("ClickHouse version \(release)".utf8))
        return try FileMetadata(parsing: footer)
    }
}

extension FileMetadata {
    /// The statistics of one column by its dotted path.
    func statistics(of column: String) throws -> ColumnStatistics? {
        try columnStatistics().first { $0.path.joined(separator: ".") == column }
    }
}

/// A fixed sequence of numbers that look random (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
