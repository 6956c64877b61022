/// Finds and reads the small files that a configuration names: passwords, keys, certificates.
import Foundation

struct SmallFile {
    let path: String
    let byteCountMax: Int

    /// The content; nil where there is no such file.
    ///
    /// - Parameter mustBePrivate: refuses a file that others than its owner may read.
    /// - Throws: `Complaint`.
    func read(mustBePrivate: Bool) throws -> Data? {
        // Without O_NONBLOCK, a named pipe at this path would hold the start up for ever.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Complaint("cannot open \(path): \(String(cString: strerror(errno)))")
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Complaint("\(path) is not a regular file")
        }
        guard !mustBePrivate || status.st_mode & 0o077 == 0 else {
            throw Complaint("others than the owner may read \(path); run: chmod 600 \(path)")
        }
        guard let data = try? file.read(upToCount: byteCountMax + 1), data.count <= byteCountMax else {
            throw Complaint("\(path) is empty or longer than \(byteCountMax) bytes")
        }
        return data
    }
}

extension ConfigurationReader {
    /// Where the service manager has put credentials, if it has.
    var credentials: String? {
        environment["CREDENTIALS_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A relative path is looked for among the credentials first, then beside the configuration.
    func located(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        if let credential = credentials.map({ "\($0)/\(path)" }), access(credential, F_OK) == 0 {
            return credential
        }
        return "\(folder)/\(path)"
    }

    /// A credential's mode is not looked at: systemd keeps the directory to the service's user, and where it does so by
    /// an ACL, the ACL's mask shows as the group's mode bits (systemd.exec(5), "Credentials").
    func isCredential(_ path: String) -> Bool {
        credentials.map { path.hasPrefix("\($0)/") } ?? false
    }
}
