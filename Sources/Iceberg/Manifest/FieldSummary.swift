/// What the files of a manifest hold in one partition field (Iceberg spec, "Manifest Lists", `field_summary`).
public struct FieldSummary: Hashable, Sendable {
    public var containsNull: Bool
    /// nil when the writer did not say.
    public var containsNaN: Bool?
    /// Encoded by the spec's appendix D; nil means that there is no value but null and NaN, and readers skip the
    /// whole manifest for any comparison: never leave it out otherwise.
    public var lowerBound: [UInt8]?
    public var upperBound: [UInt8]?

    public init(containsNull: Bool, containsNaN: Bool?, lowerBound: [UInt8]?, upperBound: [UInt8]?) {
        self.containsNull = containsNull
        self.containsNaN = containsNaN
        self.lowerBound = lowerBound
        self.upperBound = upperBound
    }

    /// Sums up one partition field's values, exactly: partition bounds are never truncated.
    init(of values: some Sequence<Literal?>) {
        var bounds: (lower: Literal, upper: Literal)?
        self.init(containsNull: false, containsNaN: false, lowerBound: nil, upperBound: nil)
        for value in values {
            guard let value else {
                containsNull = true
                continue
            }
            guard !value.isNaN else {
                containsNaN = true
                continue
            }
            bounds = bounds.map { (min($0.lower, value), max($0.upper, value)) } ?? (value, value)
        }
        lowerBound = bounds?.lower.encoded
        upperBound = bounds?.upper.encoded
    }
}

extension Literal {
    fileprivate var isNaN: Bool {
        switch self {
        case .float(let value): value.isNaN
        case .double(let value): value.isNaN
        default: false
        }
    }
}
