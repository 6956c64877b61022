// The web configuration in force, which follows its files without a restart.
import NIOSSL
import OffloadDaemon
import Synchronization

/// Reads the files again whenever it is asked: a renewed certificate or a removed user counts from the next request
/// on. What cannot be used is told once, and the rules of before stay.
final class WebRules: Sendable {
    struct Rules: Sendable {
        var configuration = WebConfiguration()
        /// nil: plain HTTP.
        var context: NIOSSLContext?
    }

    private struct State {
        var rules: Rules
        /// Why the files as they are now are not in force; nil: they are.
        var complaint: String?
    }

    private let load: @Sendable () throws -> WebConfiguration
    private let log: RunLog
    private let state: Mutex<State>

    /// - Throws: what `load` throws, and `StatusServerError` for keys and certificates that cannot be used.
    init(log: RunLog, load: @escaping @Sendable () throws -> WebConfiguration) throws {
        self.load = load
        self.log = log
        state = Mutex(State(rules: try Self.rules(try load())))
    }

    /// Blocks for some reads of small files: not for an event loop.
    func current() -> Rules {
        state.withLock { state in
            do {
                let fresh = try load()
                if fresh != state.rules.configuration {
                    state.rules = try Self.rules(fresh)
                    log.webConfigurationReloaded()
                }
                state.complaint = nil
            } catch {
                let complaint = String(describing: error)
                if complaint != state.complaint { log.webConfigurationRefused(error) }
                state.complaint = complaint
            }
            return state.rules
        }
    }

    private static func rules(_ configuration: WebConfiguration) throws -> Rules {
        Rules(configuration: configuration, context: try configuration.tls?.context())
    }
}
