// Promises about commits: all of it or none of it, and no window twice.
import OffloadCore

extension LedgerPromise {
    static let commits = [
        LedgerPromise("a commit moves watermark and table together") { stand in
            let turn = try await stand.turn()
            let batch = try await stand.batch(through: 10, in: turn)
            guard case .committed(let receipt) = await stand.commit(batch, in: turn) else {
                throw Broken(description: "the commit failed")
            }
            try stand.expect(receipt.batch, batch.id, "the receipt's batch")
            try stand.expect(receipt.rowCount, 10, "the receipt's rows")
            try stand.expect(receipt.fileCount, 1, "the receipt's files")
            try await stand.end(turn)
            let next = try await stand.turn()
            let high = CursorValue(ticks: 10)
            try stand.expect(
                next.watermark,
                Watermark(
                    table: LedgerStand.table.source, cursor: batch.table.cursor, position: high,
                    lastBatch: .init(id: batch.id, high: high), lakeUUID: batch.lake.uuid, observation: nil),
                "the watermark")
            try stand.expect(next.strays, [], "strays")
            let mark = try await stand.lake.open(batch.table, known: batch.lake.uuid).mark
            try stand.expect(
                mark,
                LakeMark(
                    propertyBatch: batch.id, propertyPosition: high, propertyKind: .integer,
                    propertyPreviousBatch: nil, mainBatch: batch.id, isPropertyBatchKnown: true,
                    isMainOlder: false), "the table's mark")
        },
        LedgerPromise("windows follow one another") { stand in
            let first = try await stand.move(through: 10)
            let second = try await stand.move(through: 25)
            try stand.expect(second.rowCount, 15, "rows of the second window")
            try stand.expect(first.snapshotID == second.snapshotID, false, "one snapshot each")
            let turn = try await stand.turn()
            try stand.expect(turn.watermark.position, CursorValue(ticks: 25), "position")
            try stand.expect(turn.watermark.lastBatch?.id, second.batch, "last batch")
        },
        LedgerPromise("no batch is committed twice") { stand in
            let turn = try await stand.turn()
            let batch = try await stand.batch(through: 10, in: turn)
            _ = await stand.commit(batch, in: turn)
            try stand.expectRefusal(.commitConflict, await stand.commit(batch, in: turn))
        },
        LedgerPromise("no window is committed behind a watermark that moved") { stand in
            let turn = try await stand.turn()
            let batch = try await stand.batch(through: 10, in: turn)
            let overlapping = try await stand.batch(through: 20, in: turn)
            _ = await stand.commit(batch, in: turn)
            try stand.expectRefusal(.commitConflict, await stand.commit(overlapping, in: turn))
            try await stand.end(turn)
            try stand.expect(
                try await stand.turn().watermark.position, CursorValue(ticks: 10), "position")
        },
        LedgerPromise("a lost turn commits nothing") { stand in
            let turn = try await stand.turn()
            let batch = try await stand.batch(through: 10, in: turn)
            try await stand.pass(.seconds(61))
            try stand.expectRefusal(.leaseLost, await stand.commit(batch, in: turn))
            let next = try await stand.turn(for: stand.rival)
            try stand.expectRefusal(.leaseLost, await stand.commit(batch, in: turn))
            try stand.expect(next.watermark.position, nil, "position")
            let mark = try await stand.lake.open(batch.table, known: nil).mark
            try stand.expect(mark.propertyBatch, nil, "the table's mark")
        },
        LedgerPromise("a batch that was struck off is never committed") { stand in
            let turn = try await stand.turn()
            let batch = try await stand.batch(through: 10, in: turn)
            try await stand.ledger.strikeOff(batch.id, in: turn)
            try stand.expectRefusal(.commitConflict, await stand.commit(batch, in: turn))
        },
    ]
}
