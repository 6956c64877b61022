// What is answered over HTTP: /metrics, /health, /ready and the status page.
import FoundationEssentials
import Hummingbird
import OffloadCore
import OffloadDaemon
import Prometheus

/// Answers from memory alone: a request never reaches a database.
struct Pages: Sendable {
    let orders: StandingOrders
    let onlookers: Onlookers
    /// The wall clock, microseconds since 1970.
    let now: @Sendable () -> Int64

    func answer(_ request: Request) -> Response {
        guard request.method == .get || request.method == .head else {
            var response = plain("Only GET and HEAD are answered here.\n", .methodNotAllowed)
            response.headers[.allow] = "GET, HEAD"
            return response
        }
        return page(request)
    }

    var unauthorized: Response {
        var response = plain("A name and its password are asked for here.\n", .unauthorized)
        response.headers[.wwwAuthenticate] = #"Basic realm="iceberg-offload", charset="UTF-8""#
        return response
    }

    var busy: Response { plain("Too many passwords are being tried.\n", .tooManyRequests) }

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
