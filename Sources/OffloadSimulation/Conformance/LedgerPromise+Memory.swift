// Promises about what is remembered from turn to turn.
import OffloadCore

extension LedgerPromise {
    static let memory = [
        LedgerPromise("a first turn stands nowhere") { stand in
            let turn = try await stand.turn()
            try stand.expect(
                turn.watermark,
                Watermark(
                    table: LedgerStand.table.source, cursor: nil, position: nil, lastBatch: nil,
                    lakeUUID: nil, observation: nil), "the watermark")
            try stand.expect(turn.strays, [], "strays")
        },
        LedgerPromise("a batch that was never committed is a stray until it is struck off") { stand in
            let turn = try await stand.turn()
            let batch = try await stand.batch(through: 10, in: turn)
            try await stand.end(turn)
            let next = try await stand.turn()
            try stand.expect(next.strays, [batch.verified.staged.trace], "strays")
            try await stand.ledger.strikeOff(batch.id, in: next)
            try await stand.end(next)
            try stand.expect(try await stand.turn().strays, [], "strays after the strike")
        },
        LedgerPromise("a receipt tells what was committed, and nil what was not") { stand in
            let turn = try await stand.turn()
            let batch = try await stand.batch(through: 10, in: turn)
            try stand.expect(try await stand.ledger.receipt(of: batch.id, in: turn), nil, "before")
            guard case .committed(let receipt) = await stand.commit(batch, in: turn) else {
                throw Broken(description: "the commit failed")
            }
            try stand.expect(try await stand.ledger.receipt(of: batch.id, in: turn), receipt, "after")
        },
        LedgerPromise("a receipt remembers the hash of its rows") { stand in
            var table = LedgerStand.table
            table.verification = .hash
            let turn = try await stand.turn(table)
            let batch = try await stand.batch(through: 10, in: turn, of: table)
            guard let hash = batch.verified.content?.hash,
                case .committed = await stand.commit(batch, in: turn)
            else { throw Broken(description: "there is no hash, or the commit failed") }
            try stand.expect(
                try await stand.ledger.receipt(of: batch.id, in: turn)?.contentHash, hash, "the hash")
        },
        LedgerPromise("striking off does not undo a commit") { stand in
            let receipt = try await stand.move(through: 10)
            let turn = try await stand.turn()
            try await stand.ledger.strikeOff(receipt.batch, in: turn)
            try stand.expect(
                try await stand.ledger.receipt(of: receipt.batch, in: turn), receipt, "the receipt")
            try stand.expect(turn.watermark.lastBatch?.id, receipt.batch, "last batch")
        },
        LedgerPromise("an observation ages") { stand in
            let turn = try await stand.turn()
            try await stand.ledger.observe(CursorValue(ticks: -5), in: turn)
            try await stand.end(turn)
            try await stand.pass(.seconds(300))
            let observation = try await stand.turn().watermark.observation
            try stand.expect(observation?.position, CursorValue(ticks: -5), "position")
            let age = observation?.age ?? .zero
            try stand.expect(age >= .seconds(300) && age < .seconds(330), true, "age \(age)")
        },
        LedgerPromise("a repaired watermark stands on the batch that proved it") { stand in
            _ = try await stand.move(through: 10)
            let turn = try await stand.turn()
            let proof = BatchID.fresh()
            let position = CursorValue(ticks: 20)
            let cursor = Cursor(column: LedgerStand.table.cursor, kind: .integer)
            try await stand.ledger.repair(
                to: position, batch: proof, cursor: cursor, reason: "conformance", in: turn)
            try await stand.end(turn)
            let watermark = try await stand.turn().watermark
            try stand.expect(watermark.position, position, "position")
            try stand.expect(watermark.lastBatch, .init(id: proof, high: position), "last batch")
        },
        LedgerPromise("the widest cursor values are kept exactly") { stand in
            for ticks in [Int128(UInt64.max), Int128(Int64.min) * 1_000_000_000] {
                let turn = try await stand.turn()
                let value = CursorValue(ticks: ticks)
                try await stand.ledger.observe(value, in: turn)
                try await stand.end(turn)
                let next = try await stand.turn()
                try stand.expect(next.watermark.observation?.position, value, "position")
                try await stand.end(next)
            }
        },
        LedgerPromise("the target may change until the first window, and not after it") { stand in
            let renamed = LedgerStand.definition(target: "conformance.renamed")
            try await stand.end(try await stand.turn())
            _ = try await stand.move(through: 10, of: renamed)
            try await stand.end(try await stand.turn(renamed))
            try await stand.expectFailure(.ledgerDisagrees) { _ = try await stand.turn() }
        },
    ]
}
