/// What can go wrong between us and a store of objects.
import Glibc

/// One failure; `description` names the object, never its content.
public struct ObjectStorageError: Error {
    public enum Code: String, Sendable, CaseIterable {
        case notFound
        case alreadyExists
        /// The path is absolute, leaves the store, or has parts that a file system cannot hold.
        case invalidPath
        /// The object has fewer bytes than were asked for.
        case invalidRange
        case tooLarge
        case permissionDenied
        case readOnly
        case diskFull
        case tooManyOpenFiles
        /// The writer is finished, abandoned or failed.
        case writerClosed
        case failed
    }

    public let code: Code
    public let message: String
    /// More to know, by name: `path`, and `errno` where the system gave one.
    public let context: [String: String]
    public let underlying: (any Error)?

    init(_ code: Code, _ message: String, _ path: String, context: [String: String] = [:]) {
        self.code = code
        self.message = message
        self.context = context.merging(["path": path]) { $1 }
        underlying = nil
    }

    /// From the system's error number.
    init(errno number: Int32, _ action: String, _ path: String) {
        self.init(
            Code(errno: number), "cannot \(action): \(String(cString: strerror(number)))", path,
            context: ["errno": String(number)])
    }

    /// Whether the same call may succeed later without anyone's help.
    public var isRetryable: Bool { code == .tooManyOpenFiles }

    /// What to do next, for the operator; nil when there is nothing to say.
    public var hint: String? {
        switch code {
        case .permissionDenied: "let the service's user write there; under systemd also ReadWritePaths="
        case .readOnly: "remount the file system for writing; under systemd check ReadWritePaths="
        case .diskFull:
            "free space (df -h, df -i), and check the quota and the limit of file size (ulimit -f)"
        case .tooManyOpenFiles: "raise the limit of open files (ulimit -n; systemd's LimitNOFILE=)"
        case .notFound: "check that the warehouse is mounted"
        case .failed: "see the kernel's log (dmesg) for the disk"
        case .alreadyExists, .invalidPath, .invalidRange, .tooLarge, .writerClosed: nil
        }
    }
}

extension ObjectStorageError: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String {
        "object storage: \(message): \(context["path", default: ""]) (\(code.rawValue))"
    }

    public var debugDescription: String {
        ([description] + context.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }).joined(
            separator: "; ")
    }
}

extension ObjectStorageError.Code {
    init(errno number: Int32) {
        switch number {
        case ENOENT, ENOTDIR: self = .notFound
        case EEXIST: self = .alreadyExists
        case EACCES, EPERM: self = .permissionDenied
        case EROFS: self = .readOnly
        // EFBIG: over the process's limit of file size, or the file system's.
        case ENOSPC, EDQUOT, EFBIG: self = .diskFull
        case EMFILE, ENFILE: self = .tooManyOpenFiles
        // ELOOP: O_NOFOLLOW met a symbolic link, which is no object.
        case ENAMETOOLONG, ELOOP: self = .invalidPath
        default: self = .failed
        }
    }
}
