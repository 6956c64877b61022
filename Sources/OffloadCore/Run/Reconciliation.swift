// Watermark, ledger and Iceberg table are compared before anything is moved; a difference is mended or stops the table.

/// What the comparison says to do.
public enum Reconciliation: Sendable, Equatable {
    case consistent
    /// The Iceberg table proves one commit more than the watermark knows, or the ledger proves the position, which is
    /// a value of `cursor`: the column may have become finer since.
    case repair(position: CursorValue, cursor: Cursor?, batch: BatchID, reason: String)
    case stop(OffloadError.Code, reason: String, hint: String)

    /// What a commit asks once more, under its locks: the table may have been rolled back since the turn opened it.
    ///
    /// - Parameter mark: of the table as it is now.
    /// - Throws: what would stop a turn; `commitConflict` for what the next turn mends.
    public static func require(_ watermark: Watermark, _ lake: LakeTable, mark: LakeMark) throws {
        switch decide(watermark, lake, mark: mark) {
        case .consistent: return
        case .repair(_, _, _, let reason):
            throw OffloadError(
                .commitConflict, "ledger and table differ since the window was planned: \(reason)",
                table: watermark.table, hint: "nothing was committed; the next cycle mends it")
        case .stop(let code, let reason, let hint):
            throw OffloadError(code, reason, table: watermark.table, hint: hint)
        }
    }

    /// Compares what PostgreSQL says with what the table itself says. Pure; see docs/decisions/0003.
    static func decide(_ watermark: Watermark, _ lake: LakeTable) -> Reconciliation {
        decide(watermark, lake, mark: lake.mark)
    }

    static func decide(_ watermark: Watermark, _ lake: LakeTable, mark: LakeMark) -> Reconciliation {
        if let uuid = watermark.lakeUUID, uuid != lake.uuid {
            return .stop(
                .lakeTableReplaced,
                reason: "the Iceberg table \(lake.name) was dropped and made anew since the last window",
                hint: "restore it; what else can be done: \(diagnosis(watermark))"
            )
        }
        guard let last = watermark.lastBatch else {
            guard let foreign = mark.propertyBatch else { return .consistent }
            return .stop(
                .ledgerDisagrees,
                reason: "the Iceberg table already holds batch \(foreign), which this ledger does not know",
                hint:
                    "choose another target, or, if this ledger was emptied: \(diagnosis(watermark))"
            )
        }
        if mark.propertyBatch == last.id {
            if isRolledBack(mark) {
                return .stop(
                    .lakeTableRolledBack,
                    reason: "the main branch of \(lake.name) was rolled back behind batch \(last.id)",
                    hint: "roll it forward again; what else can be done: \(diagnosis(watermark))")
            }
            guard watermark.position == last.high else {
                return .repair(
                    position: last.high, cursor: watermark.cursor, batch: last.id,
                    reason:
                        "the position was changed by hand; ledger and table agree on the last window's end")
            }
            return .consistent
        }
        if let ahead = mark.propertyBatch, let position = mark.propertyPosition, mark.mainBatch == ahead,
            mark.propertyPreviousBatch == last.id
        {
            let column = watermark.cursor?.column
            return .repair(
                position: position,
                cursor: mark.propertyKind.flatMap { kind in column.map { Cursor(column: $0, kind: kind) } }
                    ?? watermark.cursor, batch: ahead,
                reason: "the table holds one window that the ledger did not know")
        }
        return .stop(
            .ledgerDisagrees,
            reason: "the ledger's last batch is \(last.id), but the table \(lake.name) says "
                + (mark.propertyBatch.map(\.text) ?? "none"),
            hint: "one of the two was restored from a backup: \(diagnosis(watermark))")
    }

    /// The command that tells what the three witnesses prove, and what to type next.
    private static func diagnosis(_ watermark: Watermark) -> String {
        "`iceberg-offload watermark repair --table \(watermark.table) --dry-run`"
    }

    /// Whether `main` lacks the table's newest batch. An ancestor's expiry cuts the ancestry off, so an older batch is
    /// only found when the newest is not among the ancestors; and when none is found at all, the newest batch's own
    /// snapshot, or a head that is older than it, tells a rollback from an expiry.
    static func isRolledBack(_ mark: LakeMark) -> Bool {
        guard mark.mainBatch != mark.propertyBatch else { return false }
        return mark.mainBatch != nil || mark.isPropertyBatchKnown || mark.isMainOlder
    }
}
