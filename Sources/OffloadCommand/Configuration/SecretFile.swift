/// Reads passwords from files and from the service manager's credentials.
import Foundation
import Yams

extension Secret {
    private static let byteCountMax = 4_096

    /// A `password_file`.
    static func read(_ path: String, _ reader: ConfigurationReader) throws -> Secret {
        let full = reader.located(path)
        guard let secret = try contents(of: full, mustBePrivate: !reader.isCredential(full)) else {
            throw Complaint("there is no file \(full)")
        }
        return secret
    }

    /// A file of `$CREDENTIALS_DIRECTORY`, or nil where it or the directory is absent.
    static func credential(_ name: String, _ reader: ConfigurationReader) throws -> Secret? {
        guard let credentials = reader.credentials else { return nil }
        return try contents(of: "\(credentials)/\(name)", mustBePrivate: false)
    }

    private static func contents(of path: String, mustBePrivate: Bool) throws -> Secret? {
        let file = SmallFile(path: path, byteCountMax: byteCountMax)
        guard let data = try file.read(mustBePrivate: mustBePrivate) else { return nil }
        guard let text = String(data: data, encoding: .utf8) else { throw Complaint("\(path) is not UTF-8") }
        let password = text.last?.isNewline == true ? text.dropLast() : text[...]
        guard !password.isEmpty, !password.contains("\0") else {
            throw Complaint("\(path) holds no password")
        }
        return Secret(String(password), from: .file(path))
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
