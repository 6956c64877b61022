/// Iceberg field names as Avro record field names, sanitised as Java does (iceberg-core AvroSchemaUtil.sanitize).
enum AvroName {
    /// `day-p` becomes `day_x2Dp`, `1st` becomes `_1st`: Avro allows letters, digits and underscores, no digit first.
    static func sanitized(_ name: String) -> String {
        var result = ""
        for unit in name.utf16 {
            let isDigit = (0x30...0x39).contains(unit)
            if isLetter(unit) || unit == 0x5F || (isDigit && !result.isEmpty) {
                result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            } else if isDigit {
                result += "_\(unit - 0x30)"
            } else {
                result += "_x" + String(unit, radix: 16, uppercase: true)
            }
        }
        return result
    }

    private static func isLetter(_ unit: UInt16) -> Bool {
        (0x41...0x5A).contains(unit) || (0x61...0x7A).contains(unit)
    }
}
