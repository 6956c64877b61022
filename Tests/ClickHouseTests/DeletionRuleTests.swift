/// Which rows a table deletes by itself, from engines as ClickHouse prints them.
import Testing

@testable import ClickHouse

@Suite struct DeletionRuleTests {
    @Test(arguments: [
        ("MergeTree ORDER BY at SETTINGS index_granularity = 8192", []),
        ("Distributed('c', 'k2', 'TTL at DELETE')", []),
        (
            "MergeTree PARTITION BY toDate(at) ORDER BY (at, id) TTL toDateTime(at) + toIntervalDay(7) SETTINGS a = 1",
            [DeletionRule(expression: "toDateTime(at) + toIntervalDay(7)", condition: nil)]
        ),
        (
            "ReplicatedMergeTree('/t', '{replica}') ORDER BY `TTL (` TTL d + toIntervalMonth(1) DELETE WHERE word = ' , TO'",
            [DeletionRule(expression: "d + toIntervalMonth(1)", condition: "word = ' , TO'")]
        ),
        (
            "MergeTree ORDER BY k TTL d + toIntervalDay(1) TO VOLUME 'cold', d + toIntervalDay(2), "
                + "d + toIntervalDay(3) RECOMPRESS CODEC(ZSTD(9)), if(a, b, c)",
            [
                DeletionRule(expression: "d + toIntervalDay(2)", condition: nil),
                DeletionRule(expression: "if(a, b, c)", condition: nil),
            ]
        ),
        (
            "MergeTree ORDER BY (k, d) TTL d + toIntervalDay(9), d + toIntervalDay(1) GROUP BY k, d SET x = max(x)",
            [DeletionRule(expression: "d + toIntervalDay(9)", condition: nil)]
        ),
    ])
    func clausesThatDeleteAreFound(engine: String, rules: [DeletionRule]) throws {
        #expect(try DeletionRule.rules(of: engine) == rules)
    }

    @Test func brokenTextIsRefused() {
        #expect(throws: ClickHouseError.self) { try DeletionRule.rules(of: "MergeTree TTL d WHERE a = 'b") }
    }
}
