// What `--json` prints: one document, keys in the order they are given.
import Iceberg

enum JSONOutput {
    /// The document with a line break behind it.
    static func text(_ value: JSONValue) -> String {
        JSONText(value).description + "\n"
    }
}
