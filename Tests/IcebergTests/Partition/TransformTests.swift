// Partition transforms against the vectors of the spec and Java's tests.
import Testing

@testable import Iceberg

@Suite struct TransformTests {
    /// Spec appendix B, "32-bit Hash Requirements".
    @Test(
        arguments: [
            (Literal.int(34), 2_017_239_379), (.long(34), 2_017_239_379),
            (.decimal(unscaled: 1420, scale: 2), -500_754_589),
            (.date(17_486), -653_330_422), (.time(81_068_000_000), -662_762_989),
            (.timestamp(1_510_871_468_000_000), -2_047_944_441),
            (.timestamptz(1_510_871_468_000_000), -2_047_944_441),
            (.timestamp(1_510_871_468_000_001), -1_207_196_810), (.string("iceberg"), 1_210_000_089),
            (
                .uuid([
                    0xF7, 0x9C, 0x3E, 0x09, 0x67, 0x7C, 0x4B, 0xBD, 0xA4, 0x79, 0x3F, 0x34, 0x9C, 0xB7, 0x85,
                    0xE7,
                ]), 1_488_055_340
            ),
            (.fixed([0, 1, 2, 3]), -188_683_207), (.binary([0, 1, 2, 3]), -188_683_207), (.binary([]), 0),
        ] as [(Literal, Int32)])
    func hashesMatchTheSpec(value: Literal, hash: Int32) {
        #expect(value.bucketHash == hash)
        #expect(Transform.bucket(16).apply(value) == .int((hash & Int32.max) % 16))
    }

    @Test(
        arguments: [
            // 2017-12-01T10:30:55.123456 and the microsecond before 1970, from both sides of the epoch.
            (Transform.year, Literal.timestamp(1_512_124_255_123_456), Literal.int(47)),
            (.month, .timestamp(1_512_124_255_123_456), .int(575)),
            (.day, .timestamp(1_512_124_255_123_456), .date(17_501)),
            (.hour, .timestamptz(1_512_124_255_123_456), .int(420_034)),
            (.year, .timestamp(-1), .int(-1)), (.month, .timestamptz(-1), .int(-1)),
            (.day, .timestamp(-1), .date(-1)),
            (.hour, .timestamp(-1), .int(-1)), (.hour, .timestamp(-3_600_000_001), .int(-2)),
            (.year, .date(-1), .int(-1)), (.month, .date(-31), .int(-1)), (.month, .date(-32), .int(-2)),
            (.year, .date(17_501), .int(47)), (.day, .date(17_501), .date(17_501)),
            (.truncate(10), .int(1), .int(0)), (.truncate(10), .int(-1), .int(-10)),
            (.truncate(10), .long(-10), .long(-10)),
            (.truncate(50), .decimal(unscaled: 1065, scale: 2), .decimal(unscaled: 1050, scale: 2)),
            (.truncate(10), .decimal(unscaled: -5, scale: 2), .decimal(unscaled: -10, scale: 2)),
            (.truncate(3), .string("iceberg"), .string("ice")),
            (.truncate(2), .string("e\u{301}x"), .string("e\u{301}")),
            (.truncate(1), .string("😀x"), .string("😀")), (.truncate(2), .string(""), .string("")),
            (.truncate(3), .binary([1, 2, 3, 4]), .binary([1, 2, 3])), (.identity, .float(2), .float(2)),
            // Java's arithmetic wraps here too.
            (.truncate(10), .int(.min), .int(Int32.min &- 2)),
        ] as [(Transform, Literal, Literal)])
    func valuesAreTransformed(transform: Transform, value: Literal, result: Literal) {
        #expect(transform.apply(value) == result)
    }

    @Test(arguments: [
        (Transform.void, Literal.int(1)), (.unknown("zorder"), .int(1)), (.bucket(4), .double(1)),
        (.hour, .date(1)),
        (.truncate(2), .uuid([])), (.hour, .timestamp(.max)),
    ])
    func noResultIsNil(transform: Transform, value: Literal) {
        #expect(transform.apply(value) == nil)
    }

    @Test(arguments: [
        ("identity", Transform.identity), ("year", .year), ("month", .month), ("day", .day), ("hour", .hour),
        ("bucket[16]", .bucket(16)), ("truncate[2]", .truncate(2)), ("void", .void),
        ("zorder[2]", .unknown("zorder[2]")),
        ("bucket[0]", .unknown("bucket[0]")), ("bucket[-1]", .unknown("bucket[-1]")),
        ("bucket[", .unknown("bucket[")),
        ("bucket[99999999999]", .unknown("bucket[99999999999]")),
    ])
    func namesGoBothWays(name: String, transform: Transform) {
        #expect(Transform(name) == transform)
        #expect(transform.description == name)
    }

    @Test(
        arguments: [
            (Transform.day, DataType.timestamptz, DataType.date), (.hour, .timestamp, .int),
            (.hour, .date, nil),
            (.year, .string, nil), (.bucket(4), .uuid, .int), (.bucket(4), .double, nil),
            (.truncate(4), .string, .string),
            (.truncate(4), .date, nil), (.identity, .double, .double), (.void, .binary, .binary),
            (.identity, .struct([]), nil), (.unknown("x"), .int, nil), (.bucket(0), .int, nil),
            (.truncate(-1), .int, nil),
        ] as [(Transform, DataType, DataType?)])
    func resultTypesFollowTheSpec(transform: Transform, source: DataType, result: DataType?) {
        #expect(transform.resultType(for: source) == result)
    }
}
