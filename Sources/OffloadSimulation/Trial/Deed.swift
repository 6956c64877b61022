// What others do in a trial while the service runs: maintenance, mistakes, and what operators do about them.
import OffloadCore

enum Deed: String, Sendable, CaseIterable {
    case compact, expire, rollBack, commitToBranch
    case backUp, restoreLedger
    case refineCursor, addColumn, dropOldRows
    case catchUp
}

/// What somebody did wrong, until an operator heals it.
struct Incident: Sendable {
    enum Kind: Sendable {
        /// With the table and the files as they were.
        case rolledBack(LakeShelf.Table, files: [String: [SimulatedRow]?])
        /// With the ledger as it was.
        case forgotten(LedgerBooks)
        /// A column that the Iceberg table does not have.
        case column(String)
    }

    let kind: Kind
    /// The slot in which the operator acts.
    let healedAt: Int
    /// Others have worked on the rolled back table since.
    var isTouched = false
}

extension Trial {
    /// Somebody does something, be it that it is possible now.
    func act() {
        guard !plan.deeds.isEmpty else { return }
        let (deed, table) = state.withLock { state in
            (plan.deeds.drawn(&state.lots), plan.tables.drawn(&state.lots).definition)
        }
        if perform(deed, on: table) {
            chronicle.note("\(deed) \(table.source)")
            state.withLock { $0.deedCounts[deed, default: 0] += 1 }
            check(table.source)
        }
    }

    private func perform(_ deed: Deed, on table: TableDefinition) -> Bool {
        switch deed {
        case .compact, .expire, .commitToBranch: return maintain(deed, table)
        case .rollBack: return rollBack(table)
        case .backUp:
            let books = world.withState { $0.books }
            state.withLock { $0.backup = books }
            return true
        case .restoreLedger: return restoreLedger(table)
        case .refineCursor: return refineCursor(table)
        case .addColumn: return addColumn(table)
        case .dropOldRows: return dropOldRows(table)
        case .catchUp:
            launch { $0.runCatchUp(table) }
            return true
        }
    }

    /// A table that was rolled back may be compacted or expired, not both: together they leave no trace of it.
    private func maintain(_ deed: Deed, _ table: TableDefinition) -> Bool {
        let isPossible = state.withLock { state in
            guard case .rolledBack = state.incidents[table.source]?.kind else { return true }
            guard deed != .commitToBranch, state.incidents[table.source]?.isTouched == false else {
                return false
            }
            state.incidents[table.source]?.isTouched = true
            return true
        }
        guard isPossible else { return false }
        world.withState { state in
            switch deed {
            case .compact: state.shelf.compact(table.target)
            case .expire: state.shelf.expire(table.target)
            default: state.shelf.commitToBranch(table.target)
            }
        }
        return true
    }

    private func rollBack(_ table: TableDefinition) -> Bool {
        guard isAtPeace(table) else { return false }
        let before = census.lakeTally(of: table.source)
        guard let old = world.withState({ $0.shelf.tables[table.target] }),
            world.withState({ $0.shelf.rollBack(table.target) })
        else { return false }
        let files = world.withState { state in
            Dictionary(
                uniqueKeysWithValues: Set(old.snapshots.values.flatMap(\.liveFiles)).map {
                    ($0, state.shelf.files[$0] ?? nil)
                })
        }
        // The newest snapshot may have been a compaction's: then no row is gone, and nothing has to stop.
        if census.lakeTally(of: table.source) != before {
            census.suspend(table.source, .rolledBack)
            begin(.rolledBack(old, files: files), at: table)
        }
        return true
    }

    /// The ledger of one table comes back from a backup, after all processes were stopped.
    private func restoreLedger(_ table: TableDefinition) -> Bool {
        guard isAtPeace(table), let backup = state.withLock({ $0.backup }),
            backup.entries[table.source] != nil
        else { return false }
        for process in state.withLock({ $0.processes }) { process.die() }
        // What needs a restore often brings other changes with it.
        if state.withLock({ Int.random(in: 0..<3, using: &$0.lots) == 0 }) { _ = refineCursor(table) }
        let newest = world.withState { state in
            defer { state.books.restore(table.source, from: backup) }
            return state.books
        }
        let forgotten = newest.batches.filter {
            $0.value.table == table.source && backup.batches[$0.key] == nil
        }
        census.forgot(forgotten.values.flatMap(\.trace.dataFiles))
        census.suspend(table.source, .forgotten(census.lakeTally(of: table.source)))
        begin(.forgotten(newest), at: table)
        return true
    }

    private func refineCursor(_ table: TableDefinition) -> Bool {
        guard var content = world[table.source], case .time(let digits) = content.cursor.kind,
            digits < Harvest.finestDigits
        else { return false }
        content.cursor = Cursor(column: content.cursor.column, kind: .time(digits: digits + 1))
        world[table.source] = content
        return true
    }

    private func addColumn(_ table: TableDefinition) -> Bool {
        guard isAtPeace(table), var content = world[table.source] else { return false }
        let name = "later\(content.laterColumns.count)"
        content.laterColumns.append(name)
        world[table.source] = content
        begin(.column(name), at: table)
        return true
    }

    /// A TTL: some of the oldest rows that have been moved go.
    private func dropOldRows(_ table: TableDefinition) -> Bool {
        let lot = state.withLock { Double.random(in: 0...1, using: &$0.lots) }
        return world.withState { state in
            guard let entry = state.books.entries[table.source], let position = entry.position,
                let cursor = entry.cursor, let content = state.tables[table.source]
            else { return false }
            let moved = content.rows(after: nil, through: position, of: cursor)
            guard let last = moved.dropLast(Int(Double(moved.count) * lot)).last else { return false }
            state.tables[table.source]?.rows.removeAll { $0.cursor <= last.cursor }
            return true
        }
    }

    private func isAtPeace(_ table: TableDefinition) -> Bool {
        state.withLock { $0.incidents[table.source] == nil }
    }

    private func begin(_ kind: Incident.Kind, at table: TableDefinition) {
        state.withLock { state in
            state.incidents[table.source] = Incident(
                kind: kind, healedAt: state.slot + Int.random(in: 2...20, using: &state.lots))
        }
    }

    // MARK: The operator

    /// Mends what is due by now, or everything.
    func heal(everything: Bool = false) {
        for table in plan.tables.map(\.definition) {
            let incident = state.withLock { state -> Incident? in
                guard let incident = state.incidents[table.source],
                    everything || incident.healedAt <= state.slot
                else { return nil }
                state.incidents[table.source] = nil
                return incident
            }
            guard let incident else { continue }
            heal(incident, table)
            chronicle.note("healed \(table.source)")
            check(table.source)
        }
    }

    private func heal(_ incident: Incident, _ table: TableDefinition) {
        switch incident.kind {
        case .rolledBack(let old, let files):
            world.withState { $0.shelf.restore(old, files: files, at: table.target) }
            census.suspend(table.source, nil)
        case .forgotten(let newest):
            // Unless the product has mended it by itself.
            guard census.isSuspended(table.source) else { return }
            world.withState { $0.books.restore(table.source, from: newest) }
            census.suspend(table.source, nil)
        case .column(let name):
            if state.withLock({ Bool.random(using: &$0.lots) }) {
                world.withState { $0.shelf.addColumns([name], to: table.target) }
            } else {
                world[table.source]?.laterColumns.removeAll { $0 == name }
            }
        }
    }
}
