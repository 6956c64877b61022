// When ClickHouse's own TTL deletes rows that still wait.
import OffloadCore
import OffloadIO
import Testing

@Suite struct ExpiryTests {
    /// 2026-01-01T00:00:00Z, where events begin, and ten years of 365 days.
    private static let newYear: Int64 = 1_767_225_600
    private static let life: Int64 = 3_650 * 86_400

    @Test(arguments: [
        ("", [nil, nil, nil]),
        ("TTL toDateTime(at) + INTERVAL 3650 DAY", [0, nil, 10]),
        ("TTL toDateTime(at) + INTERVAL 3650 DAY DELETE WHERE id >= 10", [nil, nil, 10]),
        ("TTL toDateTime(at) + INTERVAL 9 YEAR TO VOLUME 'default', at + INTERVAL 3650 DAY", [0, nil, 10]),
    ])
    func oldestWaitingRowTellsWhenItIsDeleted(ttl: String, seconds: [Int64?]) async throws {
        try await Stage.run { stage in
            let table = try await stage.table(
                "id UInt32, at DateTime('UTC')", engine: "MergeTree ORDER BY at \(ttl)")
            let observatory = ServerObservatory(
                client: stage.postgres, source: ClickHouseSource(client: stage.clickhouse), holder: .current)
            var expiries: [Int64?] = []
            func look() async throws {
                expiries.append(try await observatory.tables([table]).first?.pendingExpiryMicroseconds)
            }
            try await stage.addEvents(0..<10, to: table)
            try await look()
            try await stage.offload(table)
            try await look()
            try await stage.addEvents(10..<20, to: table)
            try await look()
            #expect(expiries == seconds.map { $0.map { (Self.newYear + $0 + Self.life) * 1_000_000 } })
        }
    }
}
