// The web configuration file: what is read from it, and what is said of its faults.
import Foundation
import StatusServer
import Testing

@testable import OffloadCommand

@Suite struct WebConfigurationTests {
    private static let hash = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"

    @Test func everythingIsRead() throws {
        try withTemporaryFolder { folder in
            for name in ["a.crt", "a.key", "ca.crt"] { try writeFile(name, to: "\(folder)/\(name)") }
            let web = WebConfiguration(
                try file(
                    """
                    tls_server_config: {cert_file: a.crt, key_file: a.key, min_version: TLS13, client_ca_file: ca.crt,
                      client_auth_type: VerifyClientCertIfGiven}
                    basic_auth_users: {prometheus: \(Self.hash)}
                    http_server_config: {headers: {X-Frame-Options: deny}}
                    """, in: folder))
            var tls = WebConfiguration.TLS(certificates: Array("a.crt".utf8), privateKey: Array("a.key".utf8))
            tls.minimumVersion = .tls13
            tls.clientCertificate = .verifiedIfGiven
            tls.clientAuthorities = Array("ca.crt".utf8)
            #expect(web.tls == tls)
            #expect(web.users == ["prometheus": try #require(BcryptHash(Self.hash))])
            #expect(web.headers == ["X-Frame-Options": "deny"])
            #expect(WebConfiguration(try file("", in: folder)) == WebConfiguration())
        }
    }

    @Test(arguments: [
        ("tls_server_conf: {}", "1:1: tls_server_conf: unknown key; did you mean \"tls_server_config\"?"),
        (
            "rate_limit: {}",
            "1:1: rate_limit: unknown key; known here: tls_server_config, http_server_config, "
        ),
        (
            "tls_server_config: {cert_file: a.crt}",
            "1:20: tls_server_config.key_file: is missing; expected the path of a PEM file of mode 0600"
        ),
        (
            "tls_server_config: {cert_file: none, key_file: a.key}",
            "1:32: tls_server_config.cert_file: there is no file DIR/none"
        ),
        (
            "tls_server_config: {cert_file: a.crt, key_file: open.key}",
            "1:49: tls_server_config.key_file: others than the owner may read DIR/open.key; run: chmod 600 DIR/open.key"
        ),
        (
            "tls_server_config: {cert_file: a.crt, key_file: a.key, min_version: TLS10}",
            "1:69: tls_server_config.min_version: \"TLS10\" is not one of: TLS12, TLS13"
        ),
        (
            "tls_server_config: {cert_file: a.crt, key_file: a.key, client_auth_type: RequireAnyClientCert}",
            "1:74: tls_server_config.client_auth_type: \"RequireAnyClientCert\" is not one of: NoClientCert, "
        ),
        (
            "tls_server_config: {cert_file: a.crt, key_file: a.key, client_auth_type: RequireAndVerifyClientCert}",
            "1:20: tls_server_config: client_ca_file goes with a client_auth_type other than NoClientCert"
        ),
        (
            "tls_server_config: {cert_file: a.crt, key_file: a.key, client_ca_file: a.crt}",
            "1:20: tls_server_config: client_ca_file goes with a client_auth_type other than NoClientCert"
        ),
        (
            "basic_auth_users: {me: hunter2}",
            "1:24: basic_auth_users.me: is not a bcrypt hash of cost 4 to 14; make one by: htpasswd -nBC 12 NAME"
        ),
        ("basic_auth_users: [me]", "1:19: basic_auth_users: expected a mapping of names to bcrypt hashes"),
        (
            "http_server_config: {headers: {Server: x}}",
            "1:40: http_server_config.headers.Server: unknown header; known here: Content-Security-Policy, "
        ),
        (
            "http_server_config: {headers: {X-Frame-Options: \"a\\r\\nb\"}}",
            "1:49: http_server_config.headers.X-Frame-Options: holds what a header field may not"
        ),
    ])
    func aFaultIsTold(yaml: String, start: String) throws {
        try withTemporaryFolder { folder in
            try writeFile("x", to: "\(folder)/a.crt")
            try writeFile("x", to: "\(folder)/a.key")
            try writeFile("x", to: "\(folder)/open.key", mode: 0o640)
            let error = try #require(throws: ConfigurationError.self) { try file(yaml, in: folder) }
            let found = error.issues.map { $0.description.replacing(folder, with: "DIR") }
            #expect(found.count == 1 && found[0].hasPrefix("DIR/web.yaml:" + start), "\(found)")
            #expect(!found[0].contains("hunter2"))
        }
    }

    @Test func hashesThatOthersMayReadAreRefused() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/web.yaml"
            try writeFile("basic_auth_users: {me: \(Self.hash)}", to: path, mode: 0o644)
            let error = try #require(throws: ConfigurationError.self) { try WebConfiguration.load(path) }
            #expect(
                error.description.contains("others than the owner may read \(path); run: chmod 600 \(path)"))
            try writeFile("http_server_config: {}", to: path, mode: 0o644)
            #expect(try WebConfiguration.load(path) == WebConfiguration())
        }
    }

    @Test func whatIsNoCertificateIsTold() throws {
        try withTemporaryFolder { folder in
            try writeFile("no certificate", to: "\(folder)/a.crt")
            let path = "\(folder)/web.yaml"
            try writeFile("tls_server_config: {cert_file: a.crt, key_file: a.crt}", to: path)
            let error = try #require(throws: ConfigurationError.self) { try WebConfiguration.load(path) }
            #expect(
                error.description == "\(path): tls_server_config: cert_file holds no PEM that can be used")
        }
    }

    @Test func thePathIsFoundAsThatOfAPassword() throws {
        try withTemporaryFolder { folder in
            let yaml = requiredSections + "metrics: {web_config: web.yaml}"
            #expect(try parsedConfiguration(yaml, folder: folder).metrics.webConfig == "\(folder)/web.yaml")
            let credentials = "\(folder)/credentials"
            try FileManager.default.createDirectory(atPath: credentials, withIntermediateDirectories: false)
            try writeFile("", to: "\(credentials)/web.yaml", mode: 0o440)
            let found = try parsedConfiguration(
                yaml, environment: ["CREDENTIALS_DIRECTORY": credentials], folder: folder)
            #expect(found.metrics.webConfig == "\(credentials)/web.yaml")
            #expect(try found.yaml().contains("web_config: \(credentials)/web.yaml\n"))
        }
    }

    /// A fault in it keeps `run` from starting, and names the file that `config check` takes.
    @Test func aFaultNamesTheConfigurationToCheck() throws {
        try withTemporaryFolder { folder in
            try writeFile("nonsense: 1", to: "\(folder)/web.yaml")
            try writeFile(requiredSections + "metrics: {web_config: web.yaml}", to: "\(folder)/offload.yaml")
            let arguments = ["--config", "\(folder)/offload.yaml"]
            let error = try #require(throws: ConfigurationError.self) {
                _ = try SchedulerProcess(try ConfigOption.parse(arguments))
            }
            #expect(error.description.hasPrefix("\(folder)/web.yaml:1:1: nonsense: unknown key"))
            #expect(error.hint.hasSuffix("config check --config \(folder)/offload.yaml"))
        }
    }

    @Test func theExampleNamesEveryKeyAndIsAccepted() throws {
        let path = URL(fileURLWithPath: #filePath).appendingPathComponent(
            "../../../../config/web.example.yaml"
        )
        .standardizedFileURL
        let text = try String(contentsOf: path, encoding: .utf8)
        for key in WebConfigurationFile.keys() {
            let name = String(key.path.split(separator: ".").last ?? "")
            #expect(text.contains("\(name):"), "\(key.path) is not in the example")
        }
        try withTemporaryFolder { folder in
            for name in ["tls.crt", "tls.key", "client-ca.crt"] {
                try writeFile(name, to: "\(folder)/\(name)")
            }
            #expect(try file(text, in: folder).users.count == 1)
        }
    }

    private func file(_ yaml: String, in folder: String) throws -> WebConfigurationFile {
        try writeFile(yaml, to: "\(folder)/web.yaml")
        return try WebConfigurationFile.load("\(folder)/web.yaml", environment: [:])
    }
}
