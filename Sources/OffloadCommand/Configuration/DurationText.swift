/// Durations as they stand in the configuration: `15m`, `1h30m`, `500ms`.
extension Duration {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    /// Whole numbers, each with its unit, the larger unit first and each unit once.
    init(configurationText text: String) throws {
        let wrong = Complaint(
            "\"\(text)\" is not a duration; expected numbers with d, h, m, s or ms, such as 15m or 1h30m")
        var rest = text[...]
        var unitsLeft = Self.units[...]
        var total: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            let name = rest.dropFirst(digits.count).prefix { $0.isLetter }
            guard let number = Int64(digits), let index = unitsLeft.firstIndex(where: { $0.name == name })
            else {
                throw wrong
            }
            let (product, overflow) = number.multipliedReportingOverflow(by: unitsLeft[index].milliseconds)
            let (sum, overflowOfSum) = total.addingReportingOverflow(product)
            guard !overflow, !overflowOfSum else { throw wrong }
            total = sum
            unitsLeft = unitsLeft[(index + 1)...]
            rest = rest.dropFirst(digits.count + name.count)
        }
        guard !text.isEmpty else { throw wrong }
        self = .milliseconds(total)
    }

    /// The shortest text that reads back as this duration, to the millisecond.
    var configurationText: String {
        var rest = components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
        var text = ""
        for (name, milliseconds) in Self.units where rest >= milliseconds {
            text += "\(rest / milliseconds)\(name)"
            rest %= milliseconds
        }
        return text.isEmpty ? "0s" : text
    }
}
