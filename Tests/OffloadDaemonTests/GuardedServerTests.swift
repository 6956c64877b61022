// TLS, clients' certificates and passwords, as a client meets them over real connections.
import Foundation
import Logging
import Synchronization
import Testing

@testable import OffloadCore
@testable import OffloadDaemon
@testable import StatusServer

/// A web configuration that a test can change, or break, while the server runs.
private final class Desk: Sendable {
    struct Broken: Error, CustomStringConvertible {
        let description = "web.yaml:1:1: is broken"
    }

    private let web: Mutex<WebConfiguration?>

    init(_ web: WebConfiguration) { self.web = Mutex(web) }

    /// nil: what is there cannot be read.
    func put(_ fresh: WebConfiguration?) { web.withLock { $0 = fresh } }

    @Sendable func read() throws -> WebConfiguration {
        guard let web = web.withLock({ $0 }) else { throw Broken() }
        return web
    }
}

@Suite struct GuardedServerTests {
    /// Of "U*U", from the test vectors of crypt_blowfish.
    private static let hash = BcryptHash("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
    private let stage: Rehearsal
    private let certificates: Certificates

    init() async throws {
        stage = try Rehearsal()
        stage.onlookers.metrics.configure(stage.orders.current)
        certificates = try await Certificates()
    }

    @Test func withTLSNothingIsAnsweredInTheClear() async throws {
        let desk = Desk(try certificates.web())
        try await stage.serve(web: desk.read) { port in
            let answer = try await certificates.curl("https://127.0.0.1:\(port)/metrics")
            #expect(answer.output.hasPrefix("HTTP/1.1 200 OK"), "\(answer)")
            #expect(answer.output.contains("offload_rows_total{table=\"k2.trades\",layer=\"bronze\"} 0\n"))
            #expect(try await !ServerProbe.get("/metrics", port).contains("HTTP"))
            #expect(try await certificates.curl("http://127.0.0.1:\(port)/metrics").status != 0)
        }
    }

    @Test func oldVersionsAreRefused() async throws {
        let web = try certificates.web { $0.tls?.minimumVersion = .tls13 }
        try await stage.serve(web: Desk(web).read) { port in
            let url = "https://127.0.0.1:\(port)/ready"
            let old = try await certificates.curl(url, ["--tls-max", "1.2"])
            #expect(old.status == 35)
            let new = try await certificates.curl(url, ["--tls-max", "1.3"])
            #expect(new.output.hasPrefix("HTTP/1.1 503"))
        }
    }

    @Test func renewedCertificateIsShownToTheNextConnection() async throws {
        let renewed = try await Certificates()
        let desk = Desk(try certificates.web())
        try await stage.serve(web: desk.read) { port in
            let url = "https://127.0.0.1:\(port)/metrics"
            #expect(try await renewed.curl(url).status == 60)
            desk.put(try renewed.web())
            #expect(try await renewed.curl(url).output.hasPrefix("HTTP/1.1 200"))
            #expect(try await certificates.curl(url).status == 60)
        }
        #expect(stage.journal.entries("Web configuration reloaded").count == 1)
    }

    @Test func whatCannotBeUsedIsToldOnceAndTheOldStays() async throws {
        let renewed = try await Certificates()
        let desk = Desk(try certificates.web())
        try await stage.serve(web: desk.read) { port in
            let url = "https://127.0.0.1:\(port)/metrics"
            desk.put(nil)
            #expect(try await certificates.curl(url).output.hasPrefix("HTTP/1.1 200"))
            // As in the middle of a renewal: the key is new, the certificate is not.
            desk.put(try certificates.web { $0.tls?.privateKey = try renewed.bytes("server.key") })
            for _ in 0..<2 { #expect(try await certificates.curl(url).output.hasPrefix("HTTP/1.1 200")) }
            desk.put(try renewed.web())
            #expect(try await renewed.curl(url).output.hasPrefix("HTTP/1.1 200"))
        }
        let refusal = "0 log ERROR The new web configuration is refused, the old one stays: "
        #expect(
            stage.journal.entries("eb configuration") == [
                "\(refusal)web.yaml:1:1: is broken",
                "\(refusal)cert_file and key_file do not belong together",
                "0 log NOTICE Web configuration reloaded",
            ])
    }

    @Test func brokenConfigurationStartsNoServer() async throws {
        let desk = Desk(try certificates.web { $0.tls?.certificates = Array("no PEM".utf8) })
        let server = MetricsServer(
            .loopback(), orders: stage.orders, onlookers: stage.onlookers, web: desk.read,
            logger: Logger(label: "") { _ in SwiftLogNoOpLogHandler() }, now: { 0 })
        let error = await #expect(throws: StatusServerError.self) { try await server.run() }
        #expect(error?.code == .unusableTLS && error?.message == "cert_file holds no PEM that can be used")
    }

    @Test(arguments: [WebConfiguration.TLS.ClientCertificate.required, .verifiedIfGiven])
    func clientsShowCertificatesOfTheAuthority(kind: WebConfiguration.TLS.ClientCertificate) async throws {
        let stranger = try await Certificates()
        let web = try certificates.web {
            $0.tls?.clientCertificate = kind
            $0.tls?.clientAuthorities = try certificates.bytes("ca.crt")
        }
        try await stage.serve(web: Desk(web).read) { port in
            let url = "https://127.0.0.1:\(port)/metrics"
            let shown = { (own: Certificates) in
                ["--cert", own.path("client.crt"), "--key", own.path("client.key")]
            }
            #expect(try await certificates.curl(url, shown(certificates)).output.hasPrefix("HTTP/1.1 200"))
            #expect(try await certificates.curl(url, shown(stranger)).status != 0)
            let anonymous = try await certificates.curl(url)
            #expect((anonymous.status == 0) == (kind == .verifiedIfGiven))
        }
    }

    @Test func onlyTheRightPasswordIsAnswered() async throws {
        let desk = Desk(try Self.users("prometheus"))
        try await stage.serve(web: desk.read) { port in
            for attempt in ["prometheus:wrong", "nobody:U*U", "prometheus:", "U*U", "prometheus:U*U\0"] {
                let refused = try await ServerProbe.get("/metrics", port, Self.basic(attempt))
                #expect(refused.hasPrefix("HTTP/1.1 401 Unauthorized\r\n"), "\(attempt)")
                #expect(refused.contains("WWW-Authenticate: Basic realm=\"iceberg-offload\""))
                #expect(!refused.contains("offload_rows_total"))
            }
            for header in ["", "Authorization: Bearer x\r\n", "Authorization: Basic ???\r\n"] {
                #expect(try await ServerProbe.get("/health", port, header).hasPrefix("HTTP/1.1 401"))
            }
            let head = try await ServerProbe.get("/metrics", port, method: "HEAD")
            #expect(head.hasPrefix("HTTP/1.1 401") && head.hasSuffix("\r\n\r\n"))
            for _ in 0..<2 {
                let answer = try await ServerProbe.get("/metrics", port, Self.basic("prometheus:U*U"))
                #expect(answer.hasPrefix("HTTP/1.1 200") && answer.contains("offload_rows_total"))
            }
            desk.put(try Self.users("other"))
            #expect(
                try await ServerProbe.get("/", port, Self.basic("prometheus:U*U")).hasPrefix("HTTP/1.1 401"))
            #expect(try await ServerProbe.get("/", port, Self.basic("other:U*U")).hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func whileAPasswordIsTriedOthersAreAnswered() async throws {
        var web = try Self.users("prometheus")
        web.users["slow"] = .decoy(cost: 13)
        try await stage.serve(.loopback(exchangeTimeout: .seconds(60)), web: Desk(web).read) { port in
            let right = Self.basic("prometheus:U*U")
            #expect(try await ServerProbe.get("/metrics", port, right).hasPrefix("HTTP/1.1 200"))
            // A second of hashing at the least; a known password needs none.
            let slow = try (0..<3).map { _ in try ServerProbe(port: port) }
            for probe in slow {
                probe.send("GET / HTTP/1.1\r\nHost: x\r\n\(Self.basic("slow:x"))Connection: close\r\n\r\n")
            }
            #expect(try await ServerProbe.get("/metrics", port, right).hasPrefix("HTTP/1.1 200"))
            #expect(await slow[2].isSilent(for: 0))
            for probe in slow { #expect(await probe.answer().hasPrefix("HTTP/1.1 401")) }
        }
    }

    @Test func configuredHeadersAreOnEveryResponse() async throws {
        var web = WebConfiguration()
        web.headers = ["Strict-Transport-Security": "max-age=60", "X-Frame-Options": "deny"]
        try await stage.serve(web: Desk(web).read) { port in
            for path in ["/metrics", "/nothing"] {
                let answer = try await ServerProbe.get(path, port)
                #expect(answer.contains("Strict-Transport-Security: max-age=60\r\n"))
                #expect(answer.contains("X-Frame-Options: deny\r\n"))
            }
        }
    }

    private static func users(_ name: String) throws -> WebConfiguration {
        var web = WebConfiguration()
        web.users = [name: try #require(hash)]
        return web
    }

    private static func basic(_ credentials: String) -> String {
        "Authorization: Basic \(Data(credentials.utf8).base64EncodedString())\r\n"
    }
}
