// The HTTP server of the pages: who may ask, and for how long.
import Hummingbird
import HummingbirdCore
import Logging
import NIOPosix
import OffloadDaemon
import ServiceLifecycle

/// Serves `Pages`, to whom the web configuration admits.
public struct MetricsServer: Service {
    public struct Configuration: Sendable {
        /// A name or an IP address.
        public var host: String
        /// 0: any free port.
        public var port: Int
        /// Connections that are served at the same time; others wait for one of them to end.
        public var connectionCountMax = 64
        /// Bytes of all header fields of a request.
        public var headerByteCountMax = 16_384
        /// How long a connection may take for one request and its response, the pause before it included.
        public var exchangeTimeout: Duration = .seconds(10)

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    private let configuration: Configuration
    private let pages: Pages
    private let log: RunLog
    private let web: (@Sendable () throws -> WebConfiguration)?
    private let logger: Logger
    private let bound: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - web: reads the web configuration, for every connection and request anew; nil: plain HTTP for everybody.
    ///   - logger: for what the HTTP library has to say, from warnings upwards.
    ///   - now: the wall clock, microseconds since 1970.
    ///   - bound: called with the port once requests are answered.
    public init(
        _ configuration: Configuration, orders: StandingOrders, onlookers: Onlookers,
        web: (@Sendable () throws -> WebConfiguration)? = nil, logger: Logger,
        now: @escaping @Sendable () -> Int64, bound: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.configuration = configuration
        pages = Pages(orders: orders, onlookers: onlookers, now: now)
        log = onlookers.log
        self.web = web
        var logger = logger
        // Below a warning the library says what our own lines say.
        logger.logLevel = max(logger.logLevel, .warning)
        self.logger = logger
        self.bound = bound
    }

    /// - Throws: `StatusServerError` if the address cannot be listened on, and what keeps the web configuration from
    ///   being used.
    public func run() async throws {
        let rules = try web.map { try WebRules(log: log, load: $0) }
        let doorkeeper = try Doorkeeper()
        let application = Application(
            responder: CallbackResponder { request, _ in try await answer(request, rules, doorkeeper) }
                as CallbackResponder<BasicRequestContext>,
            server: HTTPServerBuilder {
                GuardedChannel(http: HTTP1Channel(responder: $0, configuration: http), rules: rules)
            },
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: .maximum(configuration.connectionCountMax, logger: logger)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                log.listening(host: configuration.host, port: port)
                bound(port)
            },
            logger: logger)
        do {
            try await application.run()
        } catch {
            throw StatusServerError.cannotListen(host: configuration.host, port: configuration.port, error)
        }
    }

    private var http: HTTP1Channel.Configuration {
        let limit = configuration.exchangeTimeout
        return .init(
            additionalChannelHandlers: [ExchangeDeadline(.init(limit))],
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: configuration.headerByteCountMax,
                maxHeaderListSize: configuration.headerByteCountMax, maxHeaderFieldCount: 100))
    }

    private func answer(_ request: Request, _ rules: WebRules?, _ doorkeeper: Doorkeeper) async throws
        -> Response
    {
        let response = try await guarded(request, rules, doorkeeper)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func guarded(_ request: Request, _ rules: WebRules?, _ doorkeeper: Doorkeeper) async throws
        -> Response
    {
        guard let rules else { return pages.answer(request) }
        let web = try await NIOThreadPool.singleton.runIfActive { rules.current().configuration }
        var response =
            switch await doorkeeper.judge(request.headers[.authorization], users: web.users) {
            case .welcome: pages.answer(request)
            case .refused: pages.unauthorized
            case .busy: pages.busy
            }
        for (name, value) in web.headers {
            if let name = HTTPFields.Element.Name(name) { response.headers[name] = value }
        }
        return response
    }
}
