// Tells systemd that the process is alive, only as long as it really gets on.
import ServiceLifecycle

/// Passes the pulse on to systemd, which restarts the service when it no longer hears it (`WatchdogSec=`).
public struct Watchdog: Service {
    private let notifier: SystemdNotifier
    private let pulse: Pulse
    private let clock: any Clock<Duration>

    public init(_ notifier: SystemdNotifier, pulse: Pulse, clock: any Clock<Duration> = ContinuousClock()) {
        self.notifier = notifier
        self.pulse = pulse
        self.clock = clock
    }

    /// Does nothing until the shutdown if systemd does not watch.
    public func run() async throws {
        guard let interval = notifier.watchdogInterval else { return try await gracefulShutdown() }
        try? await cancelWhenGracefulShutdown { [notifier, pulse, clock] in
            while true {
                if pulse.isAlive { notifier.send(.watchdog) }
                // Half the interval is what sd_watchdog_enabled(3) advises; a third forgives a late wake-up.
                try await clock.sleep(for: interval / 3)
            }
        }
    }
}
