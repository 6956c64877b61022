/// The file that metrics.web_config names: the format of Prometheus' exporter-toolkit, as far as it fits here.
import Foundation
import StatusServer
import Yams

struct WebConfigurationFile: ConfigurationSection {
    var tls: TLSSection?
    var http = HTTPSection()
    var users: [String: BcryptHash] = [:]

    static let fields: [Field<Self>] = [
        Field(optional: "tls_server_config", \.tls, .section, "TLS; without it, plain HTTP."),
        Field("http_server_config", \.http, .section, "What is added to every response."),
        Field("basic_auth_users", \.users, .users, "Who may ask: bcrypt hashes of passwords by name."),
    ]

    mutating func complete(_ node: Node, _ key: String, _ reader: inout ConfigurationReader) {
        guard !users.isEmpty, !reader.isCredential(reader.file) else { return }
        let file = SmallFile(path: reader.file, byteCountMax: .max - 1)
        _ = reader.parse(node, key: key) { _ in try file.read(mustBePrivate: true) }
    }
}

struct TLSSection: ConfigurationSection {
    var certificates = PEMFile()
    var privateKey = PEMFile()
    var minimumVersion = WebConfiguration.TLS.Version.tls12
    var clientCertificate = WebConfiguration.TLS.ClientCertificate.none
    var clientAuthorities: PEMFile?

    static let fields: [Field<Self>] = [
        Field(
            "cert_file", \.certificates, .pem(isSecret: false), required: true,
            "The server's certificate and those between it and its authority, PEM."),
        Field(
            "key_file", \.privateKey, .pem(isSecret: true), required: true,
            "The certificate's private key, PEM."),
        Field("min_version", \.minimumVersion, .choice(), "The oldest version of TLS that is spoken."),
        Field(
            "client_auth_type", \.clientCertificate, .choice(),
            "Whether clients show certificates of their own."),
        Field(
            optional: "client_ca_file", \.clientAuthorities, .pem(isSecret: false),
            "The authorities of clients' certificates, PEM."),
    ]

    mutating func complete(_ node: Node, _ key: String, _ reader: inout ConfigurationReader) {
        if (clientCertificate == .none) != (clientAuthorities == nil) {
            reader.report(
                "client_ca_file goes with a client_auth_type other than NoClientCert, and neither without the other",
                at: node, key: key)
        }
    }
}

struct HTTPSection: ConfigurationSection {
    var headers: [String: String] = [:]

    static let fields: [Field<Self>] = [
        Field("headers", \.headers, .headers, "Header fields of every response.")
    ]
}

extension WebConfiguration {
    /// Reads a web configuration with all that it names, and makes sure that it can be used.
    ///
    /// - Throws: `ConfigurationError` with everything that is wrong in it.
    static func load(_ path: String) throws(ConfigurationError) -> WebConfiguration {
        let configuration = WebConfiguration(
            try WebConfigurationFile.load(path, example: "config/web.example.yaml"))
        do {
            try configuration.check()
        } catch {
            throw ConfigurationError(file: path, "tls_server_config: \(error)")
        }
        return configuration
    }

    init(_ file: WebConfigurationFile) {
        self.init()
        users = file.users
        headers = file.http.headers
        tls = file.tls.map { section in
            var tls = TLS(certificates: section.certificates.bytes, privateKey: section.privateKey.bytes)
            tls.minimumVersion = section.minimumVersion
            tls.clientCertificate = section.clientCertificate
            tls.clientAuthorities = section.clientAuthorities?.bytes
            return tls
        }
    }
}
