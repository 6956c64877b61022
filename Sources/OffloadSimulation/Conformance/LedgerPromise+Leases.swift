// Promises about who may write.
import OffloadCore

extension LedgerPromise {
    static let leases = [
        LedgerPromise("a table has one turn at a time") { stand in
            _ = try await stand.turn()
            try stand.expect(try await stand.isBusy(), true, "the rival is kept out")
            let other = LedgerStand.definition("conformance.others", target: "conformance.others")
            try stand.expect(try await stand.isBusy(other), false, "another table is kept from the rival")
        },
        LedgerPromise("a process has no second turn beside its own") { stand in
            _ = try await stand.turn()
            guard case .busy = try await stand.ledger.begin(LedgerStand.table) else {
                throw Broken(description: "two turns at once")
            }
        },
        LedgerPromise("tokens only grow") { stand in
            let first = try await stand.turn()
            try await stand.end(first)
            let second = try await stand.turn(for: stand.rival)
            try await stand.pass(.seconds(61))
            let third = try await stand.turn()
            try stand.expect(first.token < second.token, true, "after an end")
            try stand.expect(second.token < third.token, true, "after a lapse")
        },
        LedgerPromise("a lease lapses unless it is prolonged") { stand in
            let turn = try await stand.turn()
            try await stand.pass(.seconds(45))
            try stand.expect(try await stand.ledger.renew(turn), true, "in time")
            try await stand.pass(.seconds(45))
            try stand.expect(try await stand.isBusy(), true, "kept by the renewal")
            try await stand.pass(.seconds(16))
            try stand.expect(try await stand.isBusy(), false, "kept after its life")
        },
        LedgerPromise("a lost lease cannot be prolonged") { stand in
            let turn = try await stand.turn()
            try await stand.pass(.seconds(61))
            try stand.expect(try await stand.ledger.renew(turn), false, "after its life")
            _ = try await stand.turn(for: stand.rival)
            try stand.expect(try await stand.ledger.renew(turn), false, "in another's turn")
        },
        LedgerPromise("ending a lost turn leaves the table to its new holder") { stand in
            let turn = try await stand.turn()
            try await stand.pass(.seconds(61))
            let taken = try await stand.turn(for: stand.rival)
            try await stand.end(turn)
            try stand.expect(try await stand.rival.renew(taken), true, "the new holder's lease")
        },
        LedgerPromise("a lost turn writes nothing") { stand in
            let turn = try await stand.turn()
            try await stand.pass(.seconds(61))
            let cursor = Cursor(column: LedgerStand.table.cursor, kind: .integer)
            let value = CursorValue(ticks: 7)
            try await stand.expectFailure(.leaseLost) { _ = try await stand.batch(through: 10, in: turn) }
            try await stand.expectFailure(.leaseLost) { try await stand.ledger.observe(value, in: turn) }
            try await stand.expectFailure(.leaseLost) {
                try await stand.ledger.repair(
                    to: value, batch: .fresh(), cursor: cursor, reason: "conformance", in: turn)
            }
            let next = try await stand.turn()
            try stand.expect(next.strays, [], "strays")
            try stand.expect(next.watermark.position, nil, "position")
            try stand.expect(next.watermark.observation, nil, "observation")
        },
        LedgerPromise("one scheduler runs, and another takes over when its lease lapses") { stand in
            guard case .granted(let token) = try await stand.scheduler.take() else {
                throw Broken(description: "the first scheduler stands by")
            }
            guard case .held = try await stand.rivalScheduler.take() else {
                throw Broken(description: "two schedulers at once")
            }
            try await stand.pass(.seconds(45))
            try stand.expect(try await stand.scheduler.renew(token: token), true, "in time")
            try await stand.pass(.seconds(61))
            guard case .granted(let next) = try await stand.rivalScheduler.take() else {
                throw Broken(description: "the rival stands by for ever")
            }
            try stand.expect(token < next, true, "a higher token")
            try stand.expect(try await stand.scheduler.renew(token: token), false, "lost")
            try await stand.scheduler.release(token: token)
            try stand.expect(try await stand.rivalScheduler.renew(token: next), true, "kept")
            try await stand.rivalScheduler.release(token: next)
            guard case .granted = try await stand.scheduler.take() else {
                throw Broken(description: "held after its release")
            }
        },
    ]
}
