/// The values of a web configuration: files, names with hashes, header fields.
import Foundation
import StatusServer
import Yams

/// A certificate or a key, read in.
struct PEMFile: Equatable, Sendable {
    var path = ""
    var bytes: [UInt8] = []
}

extension Codec where Value == PEMFile {
    /// - Parameter isSecret: others than the owner must not be able to read it.
    static func pem(isSecret: Bool) -> Codec {
        let form = "the path of a PEM file" + (isSecret ? " of mode 0600" : "")
        return Codec(
            form: form,
            read: { node, key, reader in
                guard let path = reader.text(of: node, key: key, expected: form) else { return nil }
                return reader.parse(node, key: key) { reader in
                    let path = reader.located(path)
                    let file = SmallFile(path: path, byteCountMax: 1 << 20)
                    guard let data = try file.read(mustBePrivate: isSecret && !reader.isCredential(path))
                    else {
                        throw Complaint("there is no file \(path)")
                    }
                    return PEMFile(path: path, bytes: Array(data))
                }
            },
            show: { Node($0.path) })
    }
}

extension Codec where Value == String {
    /// The path of a web configuration, kept in full. It is read when it is used, and whenever it changes.
    static var webConfig: Codec {
        let form = "the path of a web configuration file"
        return Codec(
            form: form,
            read: { node, key, reader in
                reader.text(of: node, key: key, expected: form).map { reader.located($0) }
            },
            show: { Node($0) })
    }
}

extension Codec where Value == [String: BcryptHash] {
    /// No complaint repeats a hash, or the password that somebody may have put in its place.
    static var users: Codec {
        let form = "a mapping of names to bcrypt hashes of cost 4 to \(BcryptHash.costMax)"
        return entries(form) { name, text in
            guard !name.isEmpty, !name.contains(":") else { throw Complaint("is not a name without a colon") }
            guard let hash = BcryptHash(text) else {
                throw Complaint(
                    "is not a bcrypt hash of cost 4 to \(BcryptHash.costMax); make one by: htpasswd -nBC 12 NAME"
                )
            }
            return hash
        }
    }
}

extension Codec where Value == [String: String] {
    static var headers: Codec {
        let known = [
            "Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options",
            "X-Frame-Options",
            "X-XSS-Protection",
        ]
        return entries("a mapping of \(known.joined(separator: ", ")) to their values") { name, text in
            guard known.contains(name) else {
                throw Complaint("unknown header; known here: \(known.joined(separator: ", "))")
            }
            guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
                throw Complaint("holds what a header field may not")
            }
            return text
        }
    }
}

extension Codec {
    /// A mapping whose values are scalars.
    private static func entries<Element: Sendable>(
        _ form: String, parse: @escaping @Sendable (String, String) throws -> Element
    ) -> Codec where Value == [String: Element] {
        Codec(
            form: form,
            read: { node, key, reader in
                guard let mapping = node.mapping else {
                    reader.report("expected \(form)", at: node, key: key)
                    return nil
                }
                var values: [String: Element] = [:]
                for (nameNode, node) in mapping {
                    let name = nameNode.string ?? ""
                    let place = "\(key).\(name)"
                    guard let text = reader.text(of: node, key: place, expected: "a value") else { continue }
                    values[name] = reader.parse(node, key: place) { _ in try parse(name, text) }
                }
                return values
            },
            show: { _ in nil })
    }
}
