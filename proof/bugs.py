"""Protocol bugs to plant: each is a change that someone could make in good faith, and that must not get through.

`code` occurs exactly once in its file and is replaced by `planted`, in which PLANTED is true while the bug is
at work. `catcher` is the proof that must fail because of it: its layer, and what of the layer to run.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bug:
    """One bug in one place of `Sources/`."""

    name: str
    catcher: tuple[str, str]
    file: str
    code: str
    planted: str


_CORE, _IO = "OffloadCore", "OffloadIO"
_COMMIT = f"{_IO}/PostgresLedger/CommitTransaction.swift"
_LEASE = f"{_IO}/PostgresLedger/LeaseTable.swift"
_LEDGER = f"{_IO}/PostgresLedger/PostgresLedger.swift"
_RUN = f"{_CORE}/Run/TableRun.swift"
_COMMITTER = f"{_CORE}/Run/Committer.swift"
_STAGER = f"{_CORE}/Run/StagedBatch.swift"
_CONFORMANCE = ("tests", "IntegrationTests.LedgerConformanceTests")
_CRASHES = ("tests", "IntegrationTests.CrashTests")
_SIMULATION = ("simulation", "")

BUGS = [
    # The edges of a window.
    Bug(
        "low edge included",
        _CRASHES,
        f"{_IO}/ClickHouseSource/WindowQuery.swift",
        'add(isLowIncluded ? ">=" : ">", low',
        'add(isLowIncluded || PLANTED ? ">=" : ">", low',
    ),
    Bug(
        "high edge left out",
        _CRASHES,
        f"{_IO}/ClickHouseSource/WindowQuery.swift",
        'add("<=", high',
        'add(PLANTED ? "<" : "<=", high',
    ),
    Bug(
        "windows that overlap",
        _SIMULATION,
        f"{_CORE}/Plan/Planner.swift",
        """                windows.append(Window(low: low, high: current.highest, rowCount: current.rowCount))
                low = current.highest""",
        """                windows.append(Window(low: low, high: current.highest, rowCount: current.rowCount))
                low = PLANTED ? current.lowest : current.highest""",
    ),
    # Rows that are still on their way.
    Bug(
        "rows do not settle",
        _SIMULATION,
        f"{_CORE}/Plan/Ceiling.swift",
        "cursor.value(atMicroseconds: microseconds - settle.microseconds)",
        "cursor.value(atMicroseconds: PLANTED ? microseconds : microseconds - settle.microseconds)",
    ),
    Bug(
        "integer cursor does not settle",
        _SIMULATION,
        f"{_CORE}/Plan/Ceiling.swift",
        "guard let observation, observation.age >= settle else { return .settling }",
        "guard let observation, PLANTED || observation.age >= settle else { return .settling }",
    ),
    Bug(
        "own clock alone is believed",
        _SIMULATION,
        _RUN,
        "microseconds: min(doors.now(), sourceNow())",
        "microseconds: PLANTED ? doors.now() : min(doors.now(), sourceNow())",
    ),
    # What the source sent is not what it counted.
    Bug(
        "counts not compared",
        _SIMULATION,
        f"{_CORE}/Run/VerifiedBatch.swift",
        "        for (slice, file) in zip(batch.slices, batch.files) {",
        """        if PLANTED { return VerifiedBatch(staged: batch, sequenceMax: nil, content: nil) }
        for (slice, file) in zip(batch.slices, batch.files) {""",
    ),
    Bug(
        "count of a file not compared",
        ("tests", "OffloadCoreTests.VerifierTests"),
        f"{_CORE}/Run/VerifiedBatch.swift",
        "guard slice.rowCount == file.recordCount else {",
        "guard PLANTED || slice.rowCount == file.recordCount else {",
    ),
    Bug(
        "second count not compared",
        ("tests", "OffloadCoreTests.VerifierTests"),
        f"{_CORE}/Run/VerifiedBatch.swift",
        "guard after.rowCount == batch.rowCount else {",
        "guard PLANTED || after.rowCount == batch.rowCount else {",
    ),
    Bug(
        "cut body taken for whole",
        ("tests", "HTTPTransportTests"),
        "HTTPTransport/HTTPConnection.swift",
        "guard code == CURLE_OK else { throw error(code, transfer) }",
        "guard code == CURLE_OK || (PLANTED && transfer.head != nil) else { throw error(code, transfer) }",
    ),
    Bug(
        "exception behind the data overlooked",
        ("tests", "ClickHouseTests"),
        "ClickHouse/ClickHouseClient.swift",
        "if let exception = tail.exception {",
        "if !PLANTED, let exception = tail.exception {",
    ),
    # The commit.
    Bug(
        "watermark ahead of the commit",
        ("failpoints", "first/putFile:before:3/kill"),
        _COMMIT,
        "        let commit = try await append(\n            staged,",
        """        if PLANTED {
            let change = WatermarkChange(
                table: table.name, cursor: table.cursor, position: staged.window.high, batch: staged.trace.id,
                rowCount: staged.rowCount, sequenceMax: nil, lakeUUID: lake.uuid, reason: "window")
            try await change.apply(in: transaction)
            _ = try await transaction.query("COMMIT")
            _ = try await transaction.query("BEGIN")
        }
        let commit = try await append(
            staged,""",
    ),
    Bug(
        "window not compared with the watermark",
        _CONFORMANCE,
        _COMMIT,
        "guard try Position.decide(watermark, for: table) == staged.window.low else {",
        "guard try PLANTED || Position.decide(watermark, for: table) == staged.window.low else {",
    ),
    Bug(
        "struck-off batch committed",
        _CONFORMANCE,
        _COMMIT,
        "guard updated.affectedRowCount == 1 else {",
        "guard PLANTED || updated.affectedRowCount == 1 else {",
    ),
    Bug(
        "replaced table written to",
        ("tests", "IntegrationTests.ForeignWriterTests"),
        f"{_CORE}/Run/Reconciliation.swift",
        "if let uuid = watermark.lakeUUID, uuid != lake.uuid {",
        "if !PLANTED, let uuid = watermark.lakeUUID, uuid != lake.uuid {",
    ),
    Bug(
        "pointer moved past a foreign commit",
        ("tests", "IntegrationTests.ForeignWriterTests"),
        f"{_IO}/Warehouse/RecentMetadata.swift",
        "$0.last { $0.location == location }?.metadata",
        "$0.last { $0.location == location || PLANTED }?.metadata",
    ),
    Bug(
        "mark in the summary only",
        ("tests", "IntegrationTests.ForeignWriterTests"),
        _COMMIT,
        "properties: mark.properties,",
        "properties: PLANTED ? [:] : mark.properties,",
    ),
    Bug(
        "summary totals wrong",
        ("tests", "IntegrationTests.CommitTests"),
        "Iceberg/Append/AppendSummary.swift",
        '"total-records": Self.sum(data.map(\\.liveRowsCount)),',
        '"total-records": Self.sum(data.map(\\.liveRowsCount)) + (PLANTED ? 1 : 0),',
    ),
    # A commit of unknown outcome.
    Bug(
        "retry after unknown without looking",
        _SIMULATION,
        _COMMITTER,
        "let receipt = try await doors.sheltered { try await settle(batch, in: turn, after: error) }",
        """let receipt = PLANTED
                ? nil : try await doors.sheltered { try await settle(batch, in: turn, after: error) }""",
    ),
    Bug(
        "staged files deleted on unknown",
        _SIMULATION,
        _COMMITTER,
        "        throw OffloadError(\n            .commitUnknown,",
        "        if PLANTED { await stager.discard(batch.staged.trace, in: turn) }\n"
        "        throw OffloadError(\n            .commitUnknown,",
    ),
    Bug(
        "ledger asked while the commit is on its way",
        ("tests", "IntegrationTests.CommitTests"),
        f"{_IO}/PostgresLedger/WatermarkRow.swift",
        '"SELECT 1 FROM offload_watermarks WHERE table_name = $1 FOR UPDATE"',
        '"SELECT 1 FROM offload_watermarks WHERE table_name = $1" + (PLANTED ? "" : " FOR UPDATE")',
    ),
    # Leases and tokens.
    Bug(
        "no token asked for in a commit",
        _CONFORMANCE,
        _COMMIT,
        "        try await leases.check(LeaseTable.name(ofTable: table.name), token: turn.token, in: transaction)",
        """        if !PLANTED {
            try await leases.check(
                LeaseTable.name(ofTable: table.name), token: turn.token, in: transaction)
        }""",
    ),
    Bug(
        "no token in an update",
        _CONFORMANCE,
        _LEDGER,
        """                try await leases.check(
                    LeaseTable.name(ofTable: turn.table), token: turn.token, in: transaction)
                try await body(transaction)""",
        """                if !PLANTED {
                    try await leases.check(
                        LeaseTable.name(ofTable: turn.table), token: turn.token, in: transaction)
                }
                try await body(transaction)""",
    ),
    Bug(
        "lapsed lease prolonged",
        _CONFORMANCE,
        _LEASE,
        "            WHERE name = $1 AND token = $2 AND expires_at > clock_timestamp()\n",
        "            WHERE name = $1 AND token = $2 \\(PLANTED ? \"\" : \"AND expires_at > clock_timestamp()\")\n",
    ),
    Bug(
        "another's lease prolonged",
        _CONFORMANCE,
        _LEASE,
        "            UPDATE offload_leases SET expires_at = clock_timestamp() + $3 * interval '1 second'\n"
        "            WHERE name = $1 AND token = $2",
        "            UPDATE offload_leases SET expires_at = clock_timestamp() + $3 * interval '1 second'\n"
        "            WHERE name = $1 AND \\(PLANTED ? \"$2::bigint IS NOT NULL\" : \"token = $2\")",
    ),
    Bug(
        "token used twice",
        _CONFORMANCE,
        _LEASE,
        "UPDATE offload_leases SET holder = $2, token = nextval('offload_lease_tokens'),",
        "UPDATE offload_leases SET holder = $2, token = \\(PLANTED ? \"1\" : \"nextval('offload_lease_tokens')\"),",
    ),
    Bug(
        "another's lease given back",
        _CONFORMANCE,
        _LEASE,
        "\"UPDATE offload_leases SET expires_at = '-infinity' WHERE name = $1 AND token = $2\"",
        "\"UPDATE offload_leases SET expires_at = '-infinity' WHERE name = $1 AND \"\n"
        "                + (PLANTED ? \"$2::bigint IS NOT NULL\" : \"token = $2\")",
    ),
    Bug(
        "lease of the living taken",
        _CONFORMANCE,
        _LEASE,
        "            !holder.knowsDead(other)",
        "            !(PLANTED || holder.knowsDead(other))",
    ),
    # What is left behind.
    Bug(
        "files before their intent",
        _SIMULATION,
        _STAGER,
        """        try await doors.ledger.open(BatchIntent(trace: trace, window: window), in: turn)
        do {
            var files: [DataFile] = []""",
        """        if !PLANTED {
            try await doors.ledger.open(BatchIntent(trace: trace, window: window), in: turn)
        }
        do {
            defer { _ = 0 }
            var files: [DataFile] = []""",
    ),
    Bug(
        "batch struck off before its files are gone",
        _SIMULATION,
        _RUN,
        """            try await doors.lake.remove(stray)
            try await doors.ledger.strikeOff(stray.id, in: turn)""",
        """            if PLANTED { try await doors.ledger.strikeOff(stray.id, in: turn) }
            try await doors.lake.remove(stray)
            try await doors.ledger.strikeOff(stray.id, in: turn)""",
    ),
    Bug(
        "strays of a forgotten commit swept",
        _SIMULATION,
        _RUN,
        """        guard try await reconcile(turn, lake, table) == .consistent else { return false }
        for stray""",
        """        if !PLANTED {
            guard try await reconcile(turn, lake, table) == .consistent else { return false }
        }
        for stray""",
    ),
    Bug(
        "rolled-back table appended to",
        _SIMULATION,
        f"{_CORE}/Run/Reconciliation.swift",
        "guard mark.mainBatch != mark.propertyBatch else { return false }",
        "guard !PLANTED, mark.mainBatch != mark.propertyBatch else { return false }",
    ),
    Bug(
        "table compared before the copy alone",
        _SIMULATION,
        f"{_CORE}/Run/Reconciliation.swift",
        "switch decide(watermark, lake, mark: mark) {",
        "switch PLANTED ? .consistent : decide(watermark, lake, mark: mark) {",
    ),
    Bug(
        "expiry hides a rollback",
        _SIMULATION,
        f"{_CORE}/Run/Reconciliation.swift",
        "return mark.mainBatch != nil || mark.isPropertyBatchKnown || mark.isMainOlder",
        "return PLANTED\n            ? mark.mainBatch != nil && mark.isPropertyBatchKnown\n"
        "            : mark.mainBatch != nil || mark.isPropertyBatchKnown || mark.isMainOlder",
    ),
    Bug(
        "watermark mended in the unit of today",
        ("tests", "OffloadCoreTests.InheritanceTests"),
        _RUN,
        "cursor: cursor ?? table.cursor, reason",
        "cursor: PLANTED ? table.cursor : cursor ?? table.cursor, reason",
    ),
    Bug(
        "window of a restored ledger moved again",
        _SIMULATION,
        f"{_CORE}/Run/Reconciliation.swift",
        "        if let ahead = mark.propertyBatch, let position = mark.propertyPosition, mark.mainBatch == ahead,\n"
        "            mark.propertyPreviousBatch == last.id\n        {",
        "        if PLANTED { return .consistent }\n"
        "        if let ahead = mark.propertyBatch, let position = mark.propertyPosition, mark.mainBatch == ahead,\n"
        "            mark.propertyPreviousBatch == last.id\n        {",
    ),
    # Durability.
    Bug(
        "data file not synced",
        ("durability", ""),
        "ObjectStorage/LocalFolderWriter.swift",
        "            try file.sync()\n            try DurableFolders.sync(folder)",
        "            if !PLANTED { try file.sync() }\n            try DurableFolders.sync(folder)",
    ),
    Bug(
        "folder of a data file not synced",
        ("durability", ""),
        "ObjectStorage/LocalFolderWriter.swift",
        "            try DurableFolders.sync(folder)\n            return size",
        "            if !PLANTED { try DurableFolders.sync(folder) }\n            return size",
    ),
    Bug(
        "metadata not synced",
        ("durability", ""),
        "ObjectStorage/LocalFolderStore.swift",
        "            try file.sync()\n            _ = try retrying(\"create\"",
        "            if !PLANTED { try file.sync() }\n            _ = try retrying(\"create\"",
    ),
    Bug(
        "new folder not synced",
        ("durability", ""),
        "ObjectStorage/DurableFolders.swift",
        "            try Self.sync(parent)",
        "            if !PLANTED { try Self.sync(parent) }",
    ),
    Bug(
        "short write taken for whole",
        ("syscalls", "first:pwrite:1:short"),
        "ObjectStorage/OpenFile.swift",
        "            rest = rest.dropFirst(count)\n            offset += Int64(count)",
        "            rest = rest.dropFirst(PLANTED ? chunk.count : count)\n"
        "            offset += Int64(PLANTED ? chunk.count : count)",
    ),
    Bug(
        "interrupted call not repeated",
        ("syscalls", "first:fsync:1:EINTR"),
        "ObjectStorage/OpenFile.swift",
        "guard number == EINTR else {",
        "guard number == EINTR, !PLANTED else {",
    ),
]
