// Watermark, ledger and Iceberg table are compared before anything is moved; a difference is mended or stops the table.

/// What the comparison says to do.
enum Reconciliation: Sendable, Equatable {
    case consistent
    /// The Iceberg table proves one commit more than the watermark knows, or the ledger proves the position.
    case repair(position: CursorValue, batch: BatchID, reason: String)
    case stop(OffloadError.Code, reason: String, hint: String)

    /// Compares what PostgreSQL says with what the table itself says. Pure; see docs/decisions/0003.
    static func decide(_ watermark: Watermark, _ lake: LakeTable) -> Reconciliation {
        let mark = lake.mark
        if let uuid = watermark.lakeUUID, uuid != lake.uuid {
            return .stop(
                .lakeTableReplaced,
                reason: "the Iceberg table \(lake.name) was dropped and made anew since the last window",
                hint:
                    "restore it, or run `iceberg-offload watermark show` and decide from where to begin again"
            )
        }
        guard let last = watermark.lastBatch else {
            guard let foreign = mark.propertyBatch else { return .consistent }
            return .stop(
                .ledgerDisagrees,
                reason: "the Iceberg table already holds batch \(foreign), which this ledger does not know",
                hint:
                    "another deployment writes to \(lake.name), or this ledger was emptied: choose another target"
            )
        }
        if mark.propertyBatch == last.id {
            if let main = mark.mainBatch, main != last.id, mark.isPropertyBatchKnown {
                return .stop(
                    .lakeTableRolledBack,
                    reason: "the main branch of \(lake.name) was rolled back behind batch \(last.id)",
                    hint: "roll it forward again, or reprocess the windows since batch \(main)")
            }
            guard watermark.position == last.high else {
                return .repair(
                    position: last.high, batch: last.id,
                    reason:
                        "the position was changed by hand; ledger and table agree on the last window's end")
            }
            return .consistent
        }
        if let ahead = mark.propertyBatch, let position = mark.propertyPosition, mark.mainBatch == ahead,
            mark.propertyPreviousBatch == last.id
        {
            return .repair(
                position: position, batch: ahead,
                reason: "the table holds one window that the ledger did not know")
        }
        return .stop(
            .ledgerDisagrees,
            reason: "the ledger's last batch is \(last.id), but the table \(lake.name) says "
                + (mark.propertyBatch.map(\.text) ?? "none"),
            hint: "one of the two was restored from a backup: bring both to the same moment")
    }
}
