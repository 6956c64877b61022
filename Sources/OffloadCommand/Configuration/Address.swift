/// Where something is: a server's URL without secrets, the warehouse's folder, the address to listen on.
import Foundation

/// A host and a port to listen on.
struct ListenAddress: Equatable, Sendable {
    /// A name or an IP address, IPv6 without brackets.
    var host = "127.0.0.1"
    /// 0: any free port.
    var port = 8000
}

extension ListenAddress: CustomStringConvertible {
    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension Codec where Value == ListenAddress {
    static var listenAddress: Codec {
        let form = "host:port, such as 127.0.0.1:8000 or [::1]:8000; port 0 is any free port"
        return .scalar(form) { text in
            let colon = text.lastIndex(of: ":") ?? text.startIndex
            var host = text[..<colon]
            let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
            if isBracketed { host = host.dropFirst().dropLast() }
            let isHost = host.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0) || (isBracketed && $0 == ":"))
            }
            guard !host.isEmpty, isHost, let port = UInt16(text[colon...].dropFirst()) else {
                throw Complaint("\"\(text)\" is not a \(form)")
            }
            return ListenAddress(host: String(host), port: Int(port))
        }
    }
}

extension Codec where Value == String {
    /// ClickHouse over HTTP. The user has a key of its own, and the settings in the query are the program's.
    static var clickHouseURL: Codec {
        let example = "http://127.0.0.1:8123"
        return .scalar("a URL such as \(example)") { text in
            try checkURL(text, schemes: ["http", "https"], example: example)
            if text.contains("@") { throw Complaint("must not name a user; use clickhouse.user") }
            guard URLComponents(string: text)?.host?.isEmpty == false,
                !text.contains(where: { "?#".contains($0) })
            else { throw Complaint("is not a URL such as \(example), which ends before any ? or #") }
            return text
        }
    }

    /// A connection URI of libpq, which may name several hosts or, for a socket, none.
    static var postgresURL: Codec {
        let example = "postgresql://offload@127.0.0.1:5432/offload"
        return .scalar("a URL such as \(example)") { text in
            try checkURL(text, schemes: ["postgresql", "postgres"], example: example)
            return text
        }
    }

    /// A local folder as `file:///absolute/path`, kept without a slash at its end.
    static var warehouse: Codec {
        let form = "file:///absolute/path"
        return .scalar(form) { text in
            let scheme = text.firstRange(of: "://").map { String(text[..<$0.lowerBound]) }
            guard scheme == "file" else {
                let known =
                    scheme.map { "\($0):// is not supported, only local folders are" } ?? "is not a URL"
                throw Complaint("\(known); expected \(form)")
            }
            var path = text.dropFirst("file://".count)
            while path.hasSuffix("/") { path = path.dropLast() }
            let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            // Readers compare locations as text, so there must be one spelling (Iceberg spec, "Paths in
            // Metadata").
            guard path.hasPrefix("/"), parts.allSatisfy({ !["", ".", ".."].contains($0) }),
                path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"%?#\"\\".utf8.contains($0) })
            else {
                throw Complaint("is not \(form) without empty, . or .. parts, spaces, and any of % ? # \" \\")
            }
            return "file://\(path)"
        }
    }
}

/// Checks a server's URL. No message repeats it: it may hold a password, which is why it may not.
private func checkURL(_ text: String, schemes: [String], example: String) throws {
    guard let end = text.firstRange(of: "://"), schemes.contains(String(text[..<end.lowerBound])) else {
        let starts = schemes.map { "\($0)://" }.joined(separator: " or ")
        throw Complaint("must begin with \(starts), such as \(example)")
    }
    let authority = text[end.upperBound...].prefix { !"/?#".contains($0) }
    let user = authority.lastIndex(of: "@").map { authority[..<$0] } ?? ""
    guard !user.contains(":"), text.range(of: "password=", options: .caseInsensitive) == nil else {
        throw Complaint("must not hold a password; use password_file or password: ${NAME}")
    }
    guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control && $0 != " " }) else {
        throw Complaint("holds a space or a control character")
    }
}
