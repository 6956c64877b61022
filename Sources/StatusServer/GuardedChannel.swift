// A connection as it is set up: TLS where the rules want it, a time limit, then HTTP.
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOPosix
import NIOSSL

/// HTTP/1.1 over whatever the rules of the moment ask for, so that a new certificate needs no new server.
struct GuardedChannel: ServerChildChannel {
    let http: HTTP1Channel
    /// nil: plain HTTP for everybody.
    let rules: WebRules?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        guard let rules else { return http.setup(channel: channel, logger: logger) }
        return NIOThreadPool.singleton.runIfActive(eventLoop: channel.eventLoop) { rules.current().context }
            .flatMapThrowing { context in
                guard let context else { return }
                try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
            }
            .flatMap { http.setup(channel: channel, logger: logger) }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }
}

/// Closes a connection that takes too long for one exchange, whatever it is slow at: the handshake, sending a request
/// byte by byte, taking the response, or asking at all.
final class ExchangeDeadline: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limit: TimeAmount
    private var deadline: Scheduled<Void>?

    init(_ limit: TimeAmount) {
        self.limit = limit
    }

    func handlerAdded(context: ChannelHandlerContext) { begin(context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        let written = promise ?? context.eventLoop.makePromise()
        let own = NIOLoopBound((self, context.channel), eventLoop: context.eventLoop)
        // Succeeds when the kernel has taken the last byte.
        written.futureResult.whenSuccess { own.value.0.begin(own.value.1) }
        context.write(data, promise: written)
    }

    private func begin(_ channel: any Channel) {
        deadline?.cancel()
        deadline = channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }
}
