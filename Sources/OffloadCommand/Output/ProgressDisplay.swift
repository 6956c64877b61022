// Shows a run's progress on standard error: one line redrawn in place on a terminal, plain lines elsewhere.
import Foundation
import OffloadCore
import Synchronization

/// Takes events from any thread; draws from one task.
final class ProgressDisplay: Sendable {
    private let isTerminal: Bool
    private let progress = Mutex(Progress())

    init(isTerminal: Bool = isatty(STDERR_FILENO) == 1) {
        self.isTerminal = isTerminal
    }

    /// Hears every table; what a reader must know stays on the screen as a line of its own.
    func observe(_ table: String, _ event: RunEvent) {
        progress.withLock { progress in
            progress.observe(event, at: .now)
            if let line = event.text(of: table) { Standard.error.write(eraser + line) }
        }
    }

    /// Draws for as long as `work` runs.
    func showing<Output: Sendable>(_ work: @Sendable () async -> Output) async -> Output {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.draw() }
            let output = await work()
            group.cancelAll()
            await group.waitForAll()
            Standard.error.write(eraser)
            return output
        }
    }

    private func draw() async {
        while (try? await Task.sleep(for: isTerminal ? .milliseconds(200) : .seconds(5))) != nil {
            progress.withLock { progress in
                let line = isTerminal ? progress.bar(at: .now) : progress.line(at: .now).map { $0 + "\n" }
                if let line { Standard.error.write(eraser + line) }
            }
        }
    }

    /// ECMA-48: back to the first column and erase to the line's end; nothing where lines are only added.
    private var eraser: String { isTerminal ? "\r\u{1B}[K" : "" }
}
