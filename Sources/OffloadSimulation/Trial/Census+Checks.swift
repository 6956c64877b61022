// The comparisons: a quick one after every commit and in every slot, a thorough one now and then and at the end.
import OffloadCore

extension Census {
    /// Source rows at or below the watermark equal the lake's rows, and the watermark never goes back.
    ///
    /// Costs little while nothing has changed, and what changed otherwise.
    func check(_ name: String) {
        let faults = world.withState { world in
            state.withLock { state -> [String] in
                guard var table = state.tables[name] else { return [] }
                defer { state.tables[name] = table }
                return table.check(in: world)
            }
        }
        for fault in faults { violated("\(name): \(fault)") }
    }

    func lakeTally(of name: String) -> Tally {
        world.withState { world in
            state.withLock { state in
                _ = state.tables[name]?.countLake(in: world)
                return state.tables[name]?.lake.tally ?? Tally()
            }
        }
    }

    /// Every live file is there, once; rows as a real multiset; every other file is known to the ledger.
    func checkThoroughly() {
        let names = state.withLock { $0.tables.keys.sorted() }
        for name in names { check(name) }
        let faults = world.withState { world in
            state.withLock { state -> [String] in
                var faults: [String] = []
                for name in names {
                    guard let table = state.tables[name] else { continue }
                    faults += table.checkThoroughly(in: world).map { "\(name): \($0)" }
                }
                let orphans = Self.orphans(in: world)
                let known = Set(
                    world.books.batches.values.filter { $0.status != .committed }.flatMap(\.trace.dataFiles))
                for location in orphans.sorted()
                where !known.contains(location) && !state.forgottenFiles.contains(location) {
                    faults.append("the ledger does not know of the file \(location)")
                }
                return faults
            }
        }
        for fault in faults { violated(fault) }
    }

    /// What must hold when nothing has gone wrong for a while: no lag, no failure, nothing left to remove.
    ///
    /// - Parameter moment: rows that were visible by then have been moved.
    func checkHealed(by moment: Duration) {
        let faults = world.withState { world in
            state.withLock { state -> [String] in
                state.tables.values.sorted { $0.definition.source < $1.definition.source }.flatMap { table in
                    let name = table.definition.source
                    let left = table.rows.count { row in
                        row.seenAt <= moment && table.position.map { row.row.cursor > $0 } ?? true
                    }
                    let entry = world.books.entries[name]
                    var faults: [String] = []
                    if left > 0 { faults.append("\(name): \(left) rows are left behind after the healing") }
                    if entry?.state != "success" {
                        faults.append("\(name): \(entry?.state ?? "no turn"): \(entry?.lastError ?? "")")
                    }
                    return faults
                }
            }
        }
        for fault in faults { violated(fault) }
    }

    /// After the last turn no file is left that nobody reads, but those that a zombie began after its batch had been
    /// struck off, and could not remove itself.
    func checkTidy() {
        let (stagedCount, leftCount) = world.withState { world in
            (
                world.books.batches.values.count { $0.status == .staged },
                state.withLock { state in
                    let orphans = Self.orphans(in: world).subtracting(state.forgottenFiles)
                    state.zombieFileCount = orphans.count { world.zombieFiles.contains($0) }
                    return orphans.count - state.zombieFileCount
                }
            )
        }
        if stagedCount > 0 { violated("\(stagedCount) batches were never struck off") }
        if leftCount > 0 { violated("\(leftCount) files are left that nobody reads") }
    }

    /// What the runs told is what the ledger committed.
    ///
    /// - Parameter lostCountMax: how often the word of a commit may not have come through.
    func checkReports(lostCountMax: Int) {
        let lost = state.withLock { state in
            state.tables.values.reduce(0) { $0 + $1.accepted.subtracting($1.reported).count }
        }
        if lost > lostCountMax { violated("\(lost) commits were never reported") }
    }

    private static func orphans(in world: SimulatedWorld.State) -> Set<String> {
        Set(world.shelf.files.keys).subtracting(
            world.shelf.tables.values.flatMap { $0.snapshots.values.flatMap(\.liveFiles) })
    }
}

extension Census.Table {
    fileprivate mutating func check(in world: SimulatedWorld.State) -> [String] {
        var faults = countLake(in: world)
        let entry = world.books.entries[definition.source]
        let now = entry?.position.flatMap { position in
            entry?.cursor.flatMap { world.tables[definition.source]?.inRowTicks(position, of: $0) }
        }
        if let position, now.map({ $0 < position }) ?? true { faults.append("the watermark went back") }
        position = now
        countSource(through: now)
        let isEqual = source.tally == lake.tally
        switch suspension {
        case .rolledBack: return faults
        case .forgotten(let tally) where !isEqual:
            if lake.tally != tally { faults.append("rows were moved although the ledger had forgotten some") }
        case .forgotten: suspension = nil
        case nil:
            if !isEqual {
                faults.append(
                    "\(source.tally.rowCount) rows up to the watermark, but \(lake.tally.rowCount) in the lake"
                        + (source.tally.rowCount == lake.tally.rowCount ? ", and not the same" : ""))
            }
        }
        return faults
    }

    private mutating func countSource(through position: CursorValue?) {
        guard source.position != position || source.rowCount != rows.count else { return }
        var tally = Census.Tally()
        if let position {
            for (row, _) in rows where row.cursor <= position { tally.add(row) }
        }
        source = (position, rows.count, tally)
    }

    /// Counts the rows that readers of `main` find; those of the snapshot before need not be counted again.
    fileprivate mutating func countLake(in world: SimulatedWorld.State) -> [String] {
        guard let main = world.shelf.tables[definition.target]?.mainSnapshot else {
            lake = (nil, 0, Census.Tally())
            return []
        }
        guard main.id != lake.snapshot else { return [] }
        var faults: [String] = []
        let isNext = main.parent == lake.snapshot && main.liveFiles.count == lake.fileCount + main.files.count
        var tally = isNext ? lake.tally : Census.Tally()
        for location in isNext ? main.files : main.liveFiles {
            guard let rows = world.shelf.files[location] ?? nil else {
                faults.append("the live file \(location) is missing")
                continue
            }
            for row in rows { tally.add(row) }
        }
        lake = (main.id, main.liveFiles.count, tally)
        return faults
    }

    fileprivate func checkThoroughly(in world: SimulatedWorld.State) -> [String] {
        let live = world.shelf.tables[definition.target]?.mainSnapshot?.liveFiles ?? []
        var faults: [String] = []
        if Set(live).count != live.count { faults.append("a data file is referenced twice") }
        guard suspension == nil else { return faults }
        var balance: [SimulatedRow: Int] = [:]
        for location in live {
            guard let rows = world.shelf.files[location] ?? nil else {
                faults.append("the live file \(location) is missing")
                continue
            }
            for row in rows { balance[row, default: 0] += 1 }
        }
        for (row, _) in rows where position.map({ row.cursor <= $0 }) ?? false {
            balance[row, default: 0] -= 1
        }
        let (extra, missing) = (balance.values.count { $0 > 0 }, balance.values.count { $0 < 0 })
        if extra + missing > 0 { faults.append("\(extra) rows too many, \(missing) too few in the lake") }
        faults += accepted.filter { world.books.batches[$0]?.status != .committed }
            .map { "batch \($0) was committed, and is not any more" }
        return faults
    }
}
