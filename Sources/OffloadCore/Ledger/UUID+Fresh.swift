// UUIDs that differ even where no file can be opened.
import FoundationEssentials

extension UUID {
    /// A random UUID. `UUID()` reads /dev/urandom, and is the same each time where that cannot be opened: with no
    /// descriptor left, two batches got one name, and two Iceberg tables one UUID. This asks getrandom(2).
    public static func fresh() -> UUID {
        var generator = SystemRandomNumberGenerator()
        return .random(using: &generator)
    }
}
