// Where log lines go: whole, one after the other, from any thread.
import FoundationEssentials
import Glibc
import Synchronization

/// Takes lines for a file descriptor or for a closure.
public final class LogOutput: Sendable {
    public static let standardError = LogOutput(descriptor: STDERR_FILENO)
    public static let standardOutput = LogOutput(descriptor: STDOUT_FILENO)

    private let turn = Mutex(())
    private let sink: @Sendable (String) -> Void

    /// - Parameter sink: gets one line at a time, its line feed included.
    public init(_ sink: @escaping @Sendable (String) -> Void) {
        self.sink = sink
    }

    /// What cannot be written is dropped: a full disk must not stop the service.
    public convenience init(descriptor: Int32) {
        self.init { line in
            var rest = Array(line.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Whether standard error is read by systemd's journal: `JOURNAL_STREAM` has its device and inode (systemd.exec(5)).
    public static func isJournal(environment: [String: String] = ProcessInfo.processInfo.environment) -> Bool
    {
        var status = stat()
        guard let stream = environment["JOURNAL_STREAM"], fstat(STDERR_FILENO, &status) == 0 else {
            return false
        }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    func write(_ line: String) {
        turn.withLock { _ in sink(line + "\n") }
    }
}
