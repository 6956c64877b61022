// `watermark rewind`: windows that the Iceberg table has lost are moved once more.

extension Recovery {
    /// What sets the watermark back to the end of a committed window; nil: it stands there already.
    ///
    /// - Parameters:
    ///   - position: a window's end as the cursor's text, or `beginning`.
    ///   - accepted: how many rows may be in neither ClickHouse nor Iceberg any more (default none); exactly so many must be.
    /// - Throws: why rows would be doubled or lost.
    public func rewind(to position: String, acceptingLost accepted: Int64 = 0) async throws -> Correction? {
        let (kept, struck) = try split(at: position)
        let low = kept.last?.window.high ?? windows.first?.window.low
        if let lake {
            try checkNothing(above: low, struck, in: lake)
            try checkAll(kept, in: lake)
        } else if !kept.isEmpty {
            throw refusal(
                .lakeTableMissing,
                "there is no Iceberg table \(target), so it holds no window up to \(text(low))",
                hint: "restore it, or \(command("watermark rewind", " --to \(Self.beginning) --dry-run"))")
        }
        let correction = try checked(correction(keeping: kept, struck, low))
        guard !struck.isEmpty || !correction.after.stands(as: watermark) || correction.mark != nil else {
            return nil
        }
        try await checkSource(has: struck, after: low, accepted)
        return correction
    }

    /// The windows up to the position, and those above it.
    private func split(at position: String) throws -> (kept: [CommittedWindow], struck: [CommittedWindow]) {
        guard let first = windows.first else {
            throw refusal(
                .ledgerDisagrees, "the ledger has no committed window",
                hint: "\(command("watermark repair", " --dry-run")) tells what the Iceberg table proves")
        }
        if position == Self.beginning { return ([], windows) }
        guard let value = (watermark.cursor ?? table.cursor).value(of: position) else {
            throw Position.unreadable(position, for: table)
        }
        let kept = windows.filter { $0.window.high <= value }
        guard (kept.last?.window.high ?? first.window.low) == value else {
            throw refusal(
                .cursorUnfit, "\(position) is not the end of a committed window",
                hint:
                    "the nearest below it is \(kept.isEmpty ? Self.beginning : text(kept.last?.window.high))")
        }
        return (kept, Array(windows.dropFirst(kept.count)))
    }

    /// A row that is there would be doubled.
    private func checkNothing(
        above low: CursorValue?, _ struck: [CommittedWindow], in lake: LakeEvidence
    ) throws {
        let known = Set(windows.map(\.batch))
        let gone = Set(struck.map(\.batch))
        let above = lake.files.filter { file in
            if let batch = file.batch, known.contains(batch) { return gone.contains(batch) }
            guard let low, let bounds = file.bounds else { return file.rowCount > 0 }
            return bounds.upperBound > low
        }
        guard !above.isEmpty else { return }
        let rowCount = above.reduce(0) { $0 + $1.rowCount }
        throw refusal(
            .ledgerDisagrees,
            "\(target) holds up to \(rowCount) rows above \(text(low)), which would be doubled",
            hint: "see which windows it holds: \(command("validate"))")
    }

    /// A window that is not moved again must be there: its commit is an ancestor of `main`, or its rows are counted.
    private func checkAll(_ kept: [CommittedWindow], in lake: LakeEvidence) throws {
        guard let last = kept.last, lake.table.mark.mainBatch != last.batch else { return }
        let audit = lake.audit(windows)
        let isWhole =
            audit.obstacle == nil
            && audit.segments.allSatisfy { segment in
                guard let first = segment.windows.first, first.window.high <= last.window.high else {
                    return true
                }
                return segment.lakeRowCount == segment.ledger.rowCount
            }
        guard isWhole else {
            throw refusal(
                .ledgerDisagrees,
                "\(target) does not provably hold every row up to \(text(last.window.high))",
                hint:
                    "\(command("validate")) tells the first window that is not whole; rewind to the end of the one"
                    + " before it")
        }
    }

    /// What is moved again must still be there to be moved.
    private func checkSource(
        has struck: [CommittedWindow], after low: CursorValue?, _ accepted: Int64
    ) async throws {
        guard let last = struck.last else { return }
        let found = try await source.survey(
            table, after: try inTicksOfToday(low, of: watermark.cursor),
            through: try inTicksOfToday(last.window.high, of: watermark.cursor))
        let lost = max(0, struck.reduce(0) { $0 + $1.window.rowCount } - found.rowCount)
        guard lost != accepted else { return }
        guard lost > 0 else {
            throw refusal(
                .countMismatch, "no row is lost, but \(accepted) are accepted as lost",
                hint: "leave --accept-lost out")
        }
        let isKept = lake?.knownBatches.contains(last.batch) ?? false
        throw refusal(
            .countMismatch,
            "ClickHouse does not have \(lost) of the rows above \(text(low)) any more, so they cannot be moved again",
            hint: (isKept
                ? "roll main forward to the snapshot of batch \(last.batch), which still has them"
                : "restore the Iceberg table from a backup")
                + "; or, if they are to be given up, add `--accept-lost \(lost)`")
    }

    private func correction(
        keeping kept: [CommittedWindow], _ struck: [CommittedWindow], _ low: CursorValue?
    ) -> Correction {
        let last = kept.last.map { Watermark.LastBatch(id: $0.batch, high: $0.window.high) }
        let isMarked = lake?.table.mark.propertyBatch == last?.id
        return Correction(
            before: watermark, metadataLocation: lake?.metadataLocation,
            after: watermark.moved(
                to: low, of: low == nil ? nil : watermark.cursor ?? table.cursor, lastBatch: last,
                lakeUUID: last == nil ? nil : lake?.table.uuid), struck: struck,
            mark: isMarked ? nil : last == nil ? .remove : .set(previous: kept.dropLast().last?.batch),
            reason: "\(target) does not hold \(Self.counted(struck.count)) above \(text(low)), moved again")
    }
}
