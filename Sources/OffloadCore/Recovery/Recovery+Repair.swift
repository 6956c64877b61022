// `watermark repair`: the ledger follows what the Iceberg table proves.

extension Recovery {
    /// What brings watermark and ledger in line with the Iceberg table; nil: they are. Moves no row, and nothing in the
    /// Iceberg table.
    ///
    /// - Throws: why the Iceberg table does not prove enough, and what helps instead.
    public func repair() async throws -> Correction? {
        guard let lake else {
            guard watermark.lakeUUID != nil else { return nil }
            throw refusal(
                .lakeTableMissing,
                "the Iceberg table \(target), which holds earlier windows, is not in the catalog",
                hint: "restore it; if it is gone for good: \(rewindCommand(to: Self.beginning))")
        }
        switch Reconciliation.decide(watermark, lake.table) {
        case .consistent:
            return nil
        case .repair(let position, let cursor, let batch, let reason) where batch == watermark.lastBatch?.id:
            return try checked(
                Correction(
                    before: watermark, metadataLocation: lake.metadataLocation,
                    after: watermark.moved(
                        to: position, of: cursor ?? table.cursor, lastBatch: watermark.lastBatch,
                        lakeUUID: lake.table.uuid), reason: reason))
        case .repair, .stop(.ledgerDisagrees, _, _):
            return try await adoption(from: lake)
        case .stop(let code, let reason, _):
            throw behind(code, reason, lake)
        }
    }

    /// The ledger has lost windows that the Iceberg table has: all of them, or those since its backup.
    private func adoption(from lake: LakeEvidence) async throws -> Correction {
        let mark = lake.table.mark
        guard let batch = mark.propertyBatch, let position = mark.propertyPosition else {
            throw behind(
                .ledgerDisagrees, "the Iceberg table \(target) has lost the mark of our last window", lake)
        }
        guard !Reconciliation.isRolledBack(mark) else {
            throw behind(
                .lakeTableRolledBack, "the main branch of \(target) was rolled back behind batch \(batch)",
                lake)
        }
        guard !windows.dropLast().contains(where: { $0.batch == batch }) else {
            throw behind(
                .ledgerDisagrees, "the ledger has newer windows than \(target), whose last is batch \(batch)",
                lake)
        }
        let cursor = Cursor(column: table.cursor.column, kind: mark.propertyKind ?? table.cursor.kind)
        let adopted = try unknownWindows(of: lake, through: position, batch)
        let after = watermark.moved(
            to: position, of: cursor, lastBatch: .init(id: batch, high: position), lakeUUID: lake.table.uuid)
        if windows.isEmpty { try await checkOwner(of: lake, after) }
        return try checked(
            Correction(
                before: watermark, metadataLocation: lake.metadataLocation, after: after, adopted: adopted,
                reason: adopted.isEmpty
                    ? "the watermark did not name the last window of \(target)"
                    : "\(target) proves \(Self.counted(adopted.count)) that the ledger did not know"))
    }

    /// The windows between the ledger's last one and the Iceberg table's, without a gap.
    ///
    /// Those whose snapshots are expired become one window, which holds what the data files say.
    private func unknownWindows(
        of lake: LakeEvidence, through position: CursorValue, _ batch: BatchID
    ) throws -> [CommittedWindow] {
        let base = windows.last?.window.high
        let known = Set(windows.map(\.batch))
        var chain: [CommittedWindow] = []
        var end: CursorValue? = position
        for window in lake.windows.reversed() where end != base {
            guard window.window.high == end, !known.contains(window.batch) else { break }
            chain.insert(window, at: 0)
            end = window.window.low
        }
        guard let end, end != base else { return chain }
        if let base, end < base {
            throw refusal(
                .ledgerDisagrees, "windows of the ledger and of \(target) overlap below \(text(base))",
                hint: "compare them: \(command("validate"))")
        }
        let rowCount = try rowCount(of: lake, between: chain, low: base, high: end)
        // Nothing of ours is before the first window of a table that was begun by `watermark init`.
        if rowCount == 0, !chain.isEmpty { return chain }
        let gap = CommittedWindow(
            batch: chain.isEmpty ? batch : .fresh(), low: base, high: end, rowCount: rowCount)
        return [gap] + chain
    }

    /// The rows of the data files that belong to no window that is known.
    private func rowCount(
        of lake: LakeEvidence, between chain: [CommittedWindow], low: CursorValue?, high: CursorValue
    ) throws -> Int64 {
        let gap = CommittedWindow(batch: .fresh(), low: low, high: high, rowCount: 0)
        let audit = lake.audit(windows + [gap] + chain)
        let segment = audit.segments.first { $0.windows.contains { $0.batch == gap.batch } }
        let rowCount = segment.map { $0.lakeRowCount - $0.ledger.rowCount } ?? 0
        guard audit.obstacle == nil, rowCount >= 0 else {
            throw refusal(
                .ledgerDisagrees,
                "the snapshots that tell the windows after \(text(low)) are expired, and the files of \(target) do not"
                    + " tell their rows", hint: "restore a newer backup of the ledger's tables")
        }
        return rowCount
    }

    /// A ledger that knows nothing of the Iceberg table must be certain that its rows are this table's.
    private func checkOwner(of lake: LakeEvidence, _ after: Watermark) async throws {
        guard rivals.isEmpty else {
            throw refusal(
                .ledgerDisagrees, "\(target) holds the windows of \(rivals.joined(separator: ", "))",
                hint: "choose another `target` for \(table.name)")
        }
        let position = try inTicksOfToday(after.position, of: after.cursor)
        guard try await source.survey(table, after: position, through: nil).boundaryRowCount == 0,
            try await source.survey(table, after: nil, through: position).rowCount > 0
        else { return }
        throw refusal(
            .ledgerDisagrees,
            "ClickHouse has no row at \(text(position)), where the last window of \(target) ends: another table's rows"
                + " may be in it", hint: "choose another `target` for \(table.name)")
    }

    /// The Iceberg table is behind the ledger: rows that were committed are not in it.
    private func behind(_ code: OffloadError.Code, _ reason: String, _ lake: LakeEvidence) -> OffloadError {
        let isKept = windows.last.map { lake.knownBatches.contains($0.batch) } ?? false
        let first =
            isKept
            ? "roll main forward to the snapshot of batch \(windows.last?.batch.text ?? "") again"
            : "restore the Iceberg table"
        return refusal(
            code, reason,
            hint: "\(first); or move its rows once more: \(rewindCommand(to: heldThrough(lake)))")
    }

    private func rewindCommand(to position: String) -> String {
        command("watermark rewind", " --to '\(position)' --dry-run")
    }

    /// The end of the last window that the Iceberg table may still hold: where a rewind has to go.
    private func heldThrough(_ lake: LakeEvidence) -> String {
        if let held = windows.first(where: { $0.batch == lake.table.mark.mainBatch }) {
            return text(held.window.high)
        }
        guard let highest = lake.highest else { return text(windows.first?.window.low) }
        return text(windows.first { $0.window.high >= highest }?.window.high ?? watermark.position)
    }
}
