// Who may ask and how: TLS, users and headers, as a web configuration file says.
import NIOSSL

/// The content of a web configuration, with the files that it names read in.
public struct WebConfiguration: Sendable, Equatable {
    public struct TLS: Sendable, Equatable {
        public enum Version: String, Sendable, CaseIterable {
            case tls12 = "TLS12"
            case tls13 = "TLS13"
        }

        /// Whether a client shows a certificate of its own.
        public enum ClientCertificate: String, Sendable, CaseIterable {
            case none = "NoClientCert"
            case verifiedIfGiven = "VerifyClientCertIfGiven"
            case required = "RequireAndVerifyClientCert"
        }

        /// PEM: the server's own certificate first, then those that lead to its authority.
        public var certificates: [UInt8]
        /// PEM.
        public var privateKey: [UInt8]
        public var minimumVersion = Version.tls12
        public var clientCertificate = ClientCertificate.none
        /// PEM: the authorities of clients' certificates; nil only where none is asked for.
        public var clientAuthorities: [UInt8]?

        public init(certificates: [UInt8], privateKey: [UInt8]) {
            self.certificates = certificates
            self.privateKey = privateKey
        }
    }

    /// nil: plain HTTP.
    public var tls: TLS?
    /// Whoever gives one of these names and its password is answered; empty: everybody is.
    public var users: [String: BcryptHash] = [:]
    /// Header fields of every response.
    public var headers: [String: String] = [:]

    public init() {}

    /// Makes sure that the certificates and keys can be used, and fit each other.
    ///
    /// - Throws: `StatusServerError` of code `unusableTLS`.
    public func check() throws {
        _ = try tls?.context()
    }
}

extension WebConfiguration.TLS {
    func context() throws -> NIOSSLContext {
        let chain = try Self.parsed("cert_file") { try NIOSSLCertificate.fromPEMBytes(certificates) }
        let key = try Self.parsed("key_file") { try NIOSSLPrivateKey(bytes: privateKey, format: .pem) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = minimumVersion == .tls13 ? .tlsv13 : .tlsv12
        switch clientCertificate {
        case .none: configuration.certificateVerification = .none
        case .verifiedIfGiven: configuration.certificateVerification = .optionalVerification
        case .required: configuration.certificateVerification = .noHostnameVerification
        }
        if let clientAuthorities {
            configuration.trustRoots = .certificates(
                try Self.parsed("client_ca_file") { try NIOSSLCertificate.fromPEMBytes(clientAuthorities) })
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw StatusServerError.unusableTLS("cert_file and key_file do not belong together", error)
        }
    }

    private static func parsed<Value>(_ key: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw StatusServerError.unusableTLS("\(key) holds no PEM that can be used", error)
        }
    }
}
