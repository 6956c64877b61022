// The process's two output streams.
import Foundation

/// Standard output or standard error, written whole and at once.
enum Standard {
    case output, error

    func write(_ text: String) {
        let handle = self == .output ? FileHandle.standardOutput : FileHandle.standardError
        // A reader that went away (`| head`) is no failure of ours.
        try? handle.write(contentsOf: Data(text.utf8))
    }
}
