// The endpoints over HTTP: /metrics, /health, /ready and the status page.
import FoundationEssentials
import Hummingbird
import Logging
import OffloadCore
import OffloadDaemon
import Prometheus
import ServiceLifecycle

/// Answers from memory alone: a request never reaches a database.
public struct MetricsServer: Service {
    public struct Configuration: Sendable {
        /// A name or an IP address.
        public var host: String
        /// 0: any free port.
        public var port: Int
        /// Connections that are served at the same time.
        public var connectionCountMax = 64
        /// Bytes of all header fields of a request.
        public var headerByteCountMax = 16_384
        /// How long a connection may be silent.
        public var idleTimeout: Duration = .seconds(10)

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    private let configuration: Configuration
    private let orders: StandingOrders
    private let onlookers: Onlookers
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let bound: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - logger: for what the HTTP library has to say, from warnings upwards.
    ///   - now: the wall clock, microseconds since 1970.
    ///   - bound: called with the port once requests are answered.
    public init(
        _ configuration: Configuration, orders: StandingOrders, onlookers: Onlookers, logger: Logger,
        now: @escaping @Sendable () -> Int64, bound: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.orders = orders
        self.onlookers = onlookers
        var logger = logger
        // Below a warning the library says what our own lines say.
        logger.logLevel = max(logger.logLevel, .warning)
        self.logger = logger
        self.now = now
        self.bound = bound
    }

    /// - Throws: `StatusServerError` if the address cannot be listened on.
    public func run() async throws {
        let application = Application(
            responder: CallbackResponder { request, _ in answer(request) }
                as CallbackResponder<BasicRequestContext>,
            server: .http1(
                configuration: .init(
                    idleTimeout: .init(configuration.idleTimeout),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: configuration.headerByteCountMax,
                        maxHeaderListSize: configuration.headerByteCountMax, maxHeaderFieldCount: 100))),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: .maximum(configuration.connectionCountMax, logger: logger)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                onlookers.log.listening(host: configuration.host, port: port)
                bound(port)
            },
            logger: logger)
        do {
            try await application.run()
        } catch {
            throw StatusServerError.cannotListen(host: configuration.host, port: configuration.port, error)
        }
    }

    private func answer(_ request: Request) -> Response {
        guard request.method == .get || request.method == .head else {
            var response = plain("Only GET and HEAD are answered here.\n", .methodNotAllowed)
            response.headers[.allow] = "GET, HEAD"
            return response
        }
        let response = page(request)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func page(_ request: Request) -> Response {
        switch request.uri.path {
        case "/": return status()
        case "/metrics":
            let format = Exposition.negotiate(accept: request.headers[.accept])
            return body(onlookers.metrics.render(format), format.contentType)
        case "/health": return health()
        case "/ready":
            let phase = onlookers.board.snapshot.phase
            return plain("\(phase)\n", phase.isReady ? .ok : .serviceUnavailable)
        default: return plain("There are /, /metrics, /health and /ready.\n", .notFound)
        }
    }

    private func health() -> Response {
        let health = decideHealth()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(health) else { return plain("\n", .internalServerError) }
        return body(
            String(decoding: json, as: UTF8.self) + "\n", "application/json",
            health.level == .critical ? .serviceUnavailable : .ok)
    }

    private func status() -> Response {
        let page = StatusPage(snapshot: onlookers.board.snapshot, health: decideHealth(), now: now())
        var response = body(page.html, "text/html; charset=utf-8")
        response.headers[.contentSecurityPolicy] = "default-src 'none'; style-src 'unsafe-inline'"
        return response
    }

    private func decideHealth() -> Health {
        Health.decide(onlookers.board.snapshot, now: now(), configuration: orders.current.health)
    }

    private func plain(_ text: String, _ status: HTTPResponse.Status) -> Response {
        body(text, "text/plain; charset=utf-8", status)
    }

    private func body(_ text: String, _ type: String, _ status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: type, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
