// What a window held is proven from its files: every type hashes alike on both sides, and nothing wrong goes unseen.
import ClickHouse
import Iceberg
import OffloadCore
import OffloadIO
import Testing

@Suite struct ReceiptTests {
    /// Column by column, so that a difference has a name; the whole row was compared before the commit already.
    @Test func everyTypeHashesAlikeInTheSourceAndInTheFile() async throws {
        try await Stage.run { stage in
            var table = try await stage.table(EveryType.columns)
            try await stage.insert(table, "FORMAT JSONEachRow \(EveryType.rows)")
            table.verification = .hash
            try await stage.offload(table)
            let view = try await View(of: table, on: stage)
            let content = try await view.doors.lake.content(of: view.location, in: view.lake)
            #expect(content.fields.count == view.lake.columns.count)
            for column in view.lake.columns {
                let source = try await view.doors.source.count(view.window, of: view.table, hashing: [column])
                let field = content.fields.filter { $0.id == column.field.id }
                let file = try await view.doors.source.digest(content, of: view.table, hashing: field)
                #expect(file.contentHash == source.contentHash, "\(column.source.name)")
                #expect(file.rowCount == 7 && source.rowCount == 7)
            }
        }
    }

    /// Values that a careless hash takes for one another.
    private static let lookalikes = """
        VALUES (1, NULL, '', 0, [], map(), (NULL, '')), (2, '', NULL, 0, [], map(), (NULL, '')),
            (3, '', '', 0, [], map(), (NULL, '')), (4, 'a', 'bc', 0, [], map(), (NULL, '')),
            (5, 'ab', 'c', 0, [], map(), (NULL, '')), (6, 'bc', 'a', 0, [], map(), (NULL, '')),
            (7, '', '', -0.0, [], map(), (NULL, '')), (8, '', '', nan, [], map(), (NULL, '')),
            (9, '', '', inf, [], map(), (NULL, '')), (10, '', '', 0, [NULL], map(), (NULL, '')),
            (11, '', '', 0, [NULL, NULL], map(), (NULL, '')), (12, '', '', 0, [0], map(), (NULL, '')),
            (13, '', '', 0, [0, 1], map(), (NULL, '')), (14, '', '', 0, [1, 0], map(), (NULL, '')),
            (15, '', '', 0, [], map('', NULL), (NULL, '')), (16, '', '', 0, [], map('a', 'b'), (NULL, '')),
            (17, '', '', 0, [], map('b', 'a'), (NULL, '')), (18, '', '', 0, [], map(), ('', ''))
        """

    @Test func rowsThatLookAlikeHaveHashesOfTheirOwn() async throws {
        try await Stage.run { stage in
            let columns = """
                at UInt32, a Nullable(String), b Nullable(String), f Float64, list Array(Nullable(Int32)),
                pairs Map(String, Nullable(String)), row Tuple(x Nullable(String), y String)
                """
            var table = try await stage.table(columns)
            try await stage.insert(table, Self.lookalikes)
            table.verification = .hash
            try await stage.offload(table)
            let view = try await View(of: table, on: stage)
            // Without the number that tells the rows apart.
            let compared = view.lake.columns.filter { $0.source.name != "at" }
            var hashes: Set<UInt64> = []
            for number in 1...18 {
                let window = View.window(after: number - 1, through: number)
                let count = try await view.doors.source.count(window, of: view.table, hashing: compared)
                #expect(count.rowCount == 1)
                hashes.insert(try #require(count.contentHash))
            }
            #expect(hashes.count == 18)
        }
    }

    @Test func valuesThatChangePlacesBetweenRowsAndDoubledRowsAreSeen() async throws {
        try await Stage.run { stage in
            let table = try await stage.table("at UInt32, a String, b String")
            try await stage.insert(
                table,
                """
                VALUES (1, 'x', 'y'), (1, 'z', 'w'), (2, 'x', 'w'), (2, 'z', 'y'), (3, 'x', 'y'), (3, 'x', 'y'),
                    (4, 'z', 'w'), (4, 'z', 'w'), (5, 'z', 'w'), (5, 'x', 'y')
                """)
            try await stage.offload(table)
            let view = try await View(of: table, on: stage)
            let compared = view.lake.columns.filter { $0.source.name != "at" }
            var hashes: [UInt64] = []
            for number in 1...5 {
                let window = View.window(after: number - 1, through: number)
                let count = try await view.doors.source.count(window, of: view.table, hashing: compared)
                hashes.append(try #require(count.contentHash))
            }
            #expect(Set(hashes.prefix(4)).count == 4)
            #expect(hashes[4] == hashes[0], "the order of rows means nothing")
        }
    }

    @Test(arguments: [TableDefinition.InvalidUTF8Policy.replace, .binary])
    func textThatIsNotUTF8IsHashedAsItIsWritten(policy: TableDefinition.InvalidUTF8Policy) async throws {
        try await Stage.run { stage in
            var table = try await stage.table("at DateTime, plain String, maybe Nullable(String)")
            try await stage.insert(table, "VALUES (1, unhex('61FF'), unhex('80')), (2, '', NULL)")
            table.invalidUTF8 = policy
            table.verification = .hash
            try await stage.offload(table)
            #expect(try await stage.verdicts(of: table, hash: true) == ["1 ok by content"])
        }
    }

    @Test func theLedgerKeepsTheHashAndItsColumns() async throws {
        try await Stage.run { stage in
            var table = try await stage.events(3)
            try await stage.offload(table)
            table.verification = .hash
            try await stage.addEvents(3..<5, to: table)
            try await stage.offload(table)
            let reader = LedgerReader(client: stage.postgres)
            let windows = try await reader.windows(of: table.source)
            #expect(windows.map { $0.content?.fieldIDs } == [nil, [1, 2]])
            let hash = try #require(windows.last?.content?.hash)
            let sum = "(SELECT sum(content_hash) FROM offload_batches)"
            #expect(try await stage.ledger(sum) == "\(hash)")
            #expect(try await stage.verdicts(of: table, hash: true) == ["1 ok", "1 ok by content"])
        }
    }
}

/// A table that was offloaded in one window and one file.
struct View {
    let doors: Doors
    let table: SourceTable
    let lake: LakeTable
    let window: Window
    let location: String

    init(of definition: TableDefinition, on stage: Stage) async throws {
        doors = try Offloader(on: stage).doors
        table = try await doors.source.describe([definition]).table(definition.source)
        lake = try await doors.lake.open(table, known: nil)
        window = try #require(
            try await LedgerReader(client: stage.postgres).windows(of: definition.source).first
        ).window
        location = try #require(
            try await stage.postgres.query("SELECT location FROM offload_files").first
        ).string("location")
    }

    /// A window of an integer cursor.
    static func window(after low: Int, through high: Int) -> Window {
        CommittedWindow(
            batch: .fresh(), low: CursorValue(ticks: Int128(low)), high: CursorValue(ticks: Int128(high)),
            rowCount: 1
        ).window
    }
}
