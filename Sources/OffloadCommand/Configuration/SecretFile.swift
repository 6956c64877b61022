/// Reads passwords from files and from the service manager's credentials.
import Foundation
import Yams

extension Secret {
    private static let byteCountMax = 4_096

    /// A `password_file`. A relative path is looked for among the credentials first, then beside the
    /// configuration.
    static func read(_ path: String, _ reader: ConfigurationReader) throws -> Secret {
        if !path.hasPrefix("/"), let credential = try credential(path, reader) { return credential }
        let full = path.hasPrefix("/") ? path : "\(reader.folder)/\(path)"
        let isCredential = reader.credentials.map { full.hasPrefix("\($0)/") } ?? false
        guard let secret = try contents(of: full, mustBePrivate: !isCredential) else {
            throw Complaint("there is no file \(full)")
        }
        return secret
    }

    /// A file of `$CREDENTIALS_DIRECTORY`, or nil where it or the directory is absent. The mode is not looked
    /// at: systemd keeps the directory to the service's user, and where it does so by an ACL, the ACL's mask
    /// shows as the group's mode bits (systemd.exec(5), "Credentials").
    static func credential(_ name: String, _ reader: ConfigurationReader) throws -> Secret? {
        guard let credentials = reader.credentials else { return nil }
        return try contents(of: "\(credentials)/\(name)", mustBePrivate: false)
    }

    private static func contents(of path: String, mustBePrivate: Bool) throws -> Secret? {
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
        guard let data = try? file.read(upToCount: byteCountMax + 1), data.count <= byteCountMax,
            let text = String(data: data, encoding: .utf8)
        else {
            throw Complaint("\(path) is empty, not UTF-8, or longer than \(byteCountMax) bytes")
        }
        let password = text.last?.isNewline == true ? text.dropLast() : text[...]
        guard !password.isEmpty, !password.contains("\0") else {
            throw Complaint("\(path) holds no password")
        }
        return Secret(String(password), from: .file(path))
    }
}

extension ConfigurationReader {
    /// Where the service manager has put credentials, if it has.
    fileprivate var credentials: String? {
        environment["CREDENTIALS_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension Codec where Value == Secret {
    /// `password: ${NAME}`. A password written out is refused: configuration files get copied and committed.
    static var environmentVariable: Codec {
        let form = "${NAME}, an environment variable that holds the password"
        return Codec(
            form: form,
            read: { node, key, reader in
                guard let name = node.string.flatMap(soleVariable) else {
                    reader.report(
                        "must not be written out; expected \(form), or use password_file", at: node, key: key)
                    return nil
                }
                guard let text = reader.text(of: node, key: key, expected: form) else { return nil }
                return Secret(text, from: .environment(name))
            },
            show: { secret in
                if case .environment = secret.origin { Node("\(secret)") } else { nil }
            })
    }

    /// `password_file: PATH`.
    static var file: Codec {
        let form = "the path of a file of mode 0600 that holds the password"
        return Codec(
            form: form,
            read: { node, key, reader in
                guard let path = reader.text(of: node, key: key, expected: form) else { return nil }
                return reader.parse(node, key: key) { try Secret.read(path, $0) }
            },
            show: { secret in
                if case .file(let path) = secret.origin { Node(path) } else { nil }
            })
    }
}

/// A server that may ask for a password.
protocol PasswordHolder {
    var password: Secret? { get set }
}

extension PasswordHolder {
    /// Refuses two passwords, and without any takes the credential of this name, if there is one.
    mutating func settlePassword(
        _ credential: String, _ node: Node, _ key: String, _ reader: inout ConfigurationReader
    ) {
        let given = ["password", "password_file"].filter { node.mapping?[$0] != nil }
        if given.count == 2 { reader.report("give password or password_file, not both", at: node, key: key) }
        guard given.isEmpty else { return }
        password = reader.parse(node, key: key) { try Secret.credential(credential, $0) } ?? nil
    }
}
