/// Values as people read them, and as Iceberg's Java library spells them in partition paths.
import FoundationEssentials

extension Literal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .boolean(let value): String(value)
        case .int(let value): String(value)
        case .long(let value): String(value)
        case .float(let value): String(value)
        case .double(let value): String(value)
        case .decimal(let unscaled, let scale): Self.decimalText(unscaled, scale: scale)
        case .date(let days): CivilDate(daysSinceEpoch: Int(days)).description
        case .time(let microseconds): Self.timeText(microseconds)
        case .timestamp(let microseconds): Self.timestampText(microseconds)
        case .timestamptz(let microseconds): Self.timestampText(microseconds) + "Z"
        case .string(let value): value
        case .uuid(let bytes): Self.uuidText(bytes)
        case .fixed(let bytes), .binary(let bytes): Data(bytes).base64EncodedString()
        }
    }

    private static func decimalText(_ unscaled: Int128, scale: Int) -> String {
        let digits = String(unscaled.magnitude)
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        let whole = padded.dropLast(scale)
        return (unscaled < 0 ? "-" : "") + whole + (scale > 0 ? "." + padded.suffix(scale) : "")
    }

    private static func timestampText(_ microseconds: Int64) -> String {
        let (days, rest) = microseconds.flooringDivision(by: CivilDate.microsecondsPerDay)
        return CivilDate(daysSinceEpoch: Int(days)).description + "T" + timeText(rest)
    }

    /// Java's `LocalTime.toString`: seconds, then milli- or microseconds, only as far as they are not zero.
    private static func timeText(_ microseconds: Int64) -> String {
        let (seconds, fraction) = microseconds.flooringDivision(by: 1_000_000)
        var text = "\((seconds / 3600).padded(to: 2)):\((seconds / 60 % 60).padded(to: 2))"
        if seconds % 60 != 0 || fraction != 0 { text += ":\((seconds % 60).padded(to: 2))" }
        if fraction % 1000 != 0 {
            text += ".\(fraction.padded(to: 6))"
        } else if fraction != 0 {
            text += ".\((fraction / 1000).padded(to: 3))"
        }
        return text
    }

    private static func uuidText(_ bytes: [UInt8]) -> String {
        let digits = hexadecimal(bytes)
        var text = ""
        for (position, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(position) { text += "-" }
            text.append(digit)
        }
        return text
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 0x10 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
