/// When to wait, when to ask the server to stop, when to give up: by the clock of the test.
import Testing

@testable import Postgres

@Suite struct ReplyPatienceTests {
    let start = ContinuousClock.now

    @Test func limitThenGraceThenTheEnd() {
        var patience = ReplyPatience(limit: .seconds(10), from: start)
        #expect(patience.next(isCancelled: false, at: start) == .wait(.seconds(10)))
        #expect(patience.next(isCancelled: false, at: start + .seconds(9)) == .wait(.seconds(1)))
        #expect(patience.next(isCancelled: false, at: start + .seconds(10)) == .askServerToCancel)
        #expect(patience.next(isCancelled: false, at: start + .seconds(10)) == .wait(.seconds(1)))
        #expect(patience.next(isCancelled: true, at: start + .seconds(11)) == .abandon)
        #expect(patience.interruption == .timedOut)
    }

    @Test func cancellationAsksOnce() {
        var patience = ReplyPatience(limit: .seconds(10), from: start)
        #expect(patience.next(isCancelled: true, at: start) == .askServerToCancel)
        #expect(patience.next(isCancelled: true, at: start) == .wait(.seconds(1)))
        #expect(patience.next(isCancelled: true, at: start + .seconds(1)) == .abandon)
        #expect(patience.interruption == .cancelled)
    }
}
