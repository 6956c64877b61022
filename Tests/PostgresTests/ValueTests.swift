/// Values there and back, through a real server.
import Foundation
import Postgres
import Testing

extension ServerTests {
    @Suite struct ValueTests {
        @Test func everyTypeComesBackAsItWasSent() async throws {
            let id = try #require(UUID(uuidString: "0197a5c4-8d4e-7cc3-9a58-0c5f3e7a1b2d"))
            let bytes = [UInt8](0...255)
            let texts = [
                "plain", "", "NULL", "a,b", "{curly}", "quote\"back\\slash", "line\nbreak", "żółw 🐢 e\u{301}",
            ]
            let client = try TestServer.client()
            let row = try #require(
                try await client.query(
                    """
                    SELECT $1::text AS text, $2::bigint AS least, $3::bigint AS most, $4::double precision AS double,
                        $5::boolean AS yes, $6::boolean AS no, $7::uuid AS uuid, $8::bytea AS bytes, $9::text[] AS texts,
                        $10::text[] AS none, $11::bytea AS empty
                    """,
                    [
                        .text("żółw 🐢 'quoted' \\ \u{FEFF}"), .int(.min), .int(.max), .double(0.1), true,
                        false,
                        .uuid(id),
                        .bytes(bytes), .textArray(texts), .textArray([]), .bytes([]),
                    ]
                ).first)
            #expect(try row.string("text") == "żółw 🐢 'quoted' \\ \u{FEFF}")
            #expect(try row.int64("least") == .min)
            #expect(try row.int64("most") == .max)
            #expect(try row.double("double") == 0.1)
            #expect(try row.bool("yes"))
            #expect(try !row.bool("no"))
            #expect(try row.uuid("uuid") == id)
            #expect(try row.bytes("bytes") == bytes)
            #expect(try row.textArray("texts") == texts)
            #expect(try row.textArray("none") == [])
            #expect(try row.bytes("empty") == [])
        }

        @Test(arguments: [
            1e-300, -.infinity, .infinity, 1 / 3, .greatestFiniteMagnitude, .leastNonzeroMagnitude, -0.0,
        ])
        func doublesAreExact(double: Double) async throws {
            let rows = try await TestServer.client().query(
                "SELECT $1::double precision AS x", [.double(double)])
            #expect(try rows[0].double("x").bitPattern == double.bitPattern)
        }

        @Test func nullIsNotAnEmptyText() async throws {
            let rows = try await TestServer.client().query(
                "SELECT $1::text AS null, $2::text AS empty, $3::bigint AS number",
                [nil, "", PostgresValue(nil as Int64?)])
            #expect(try rows[0].optional("null", .string) == nil)
            #expect(try rows[0].optional("empty", .string) == "")
            #expect(try rows[0].optional("number", .int64) == nil)
        }

        @Test func decodingErrorsNameTheColumnAndHideItsContent() async throws {
            let row = try await TestServer.client().query("SELECT 'secret'::text AS name, NULL AS nothing")[0]
            let cases: [(@Sendable () throws -> Void, String)] = [
                ({ _ = try row.int64("name") }, "column name is not of type bigint"),
                ({ _ = try row.uuid("name") }, "column name is not of type uuid"),
                ({ _ = try row.bytes("name") }, "column name is not of type bytea"),
                ({ _ = try row.textArray("name") }, "column name is not of type text[]"),
                ({ _ = try row.string("nothing") }, "column nothing is null"),
                ({ _ = try row.string("absent") }, "the result has no column absent"),
            ]
            for (body, message) in cases {
                let error = try await postgresError(body)
                #expect(error.code == .invalidValue)
                #expect(error.message == message)
                #expect(!error.description.contains("secret"))
            }
        }

        @Test(arguments: ["{", "}", "{a", "{a,}", "{\"a}", "{NULL}", "{{a}}", "{a}b", "{\"a\"b}", "{\"a\\"])
        func malformedArraysAreRefused(text: String) async throws {
            let row = try await TestServer.client().query("SELECT $1::text AS x", [.text(text)])[0]
            #expect(try await postgresError { _ = try row.textArray("x") }.code == .invalidValue)
        }

        /// In any time zone the session may have, on both sides of 1970, to the microsecond.
        @Test(arguments: [0, 1, -1, 1_767_225_599_999_999, -2_208_988_800_000_001, 9_007_199_254_740_991])
        func instantsAreExactInAnyTimeZone(microseconds: Int64) async throws {
            let client = try TestServer.client()
            let row = try await client.transaction { transaction in
                try await transaction.script("SET LOCAL TIME ZONE 'America/Sao_Paulo'")
                return try await transaction.query(
                    """
                    SELECT \(EpochMicroseconds.of("at")) AS back
                    FROM (SELECT \(EpochMicroseconds.timestamp("$1")) AS at) AS moments
                    """, [.int(microseconds)])[0]
            }
            #expect(try row.int64("back") == microseconds)
        }

        @Test func textWithANULIsRefusedRatherThanCut() async throws {
            let client = try TestServer.client()
            #expect(
                try await postgresError { _ = try await client.query("SELECT $1::text", ["a\0b"]) }.code
                    == .invalidValue)
            #expect(
                try await postgresError { _ = try await client.query("SELECT 1\0; junk") }.code
                    == .invalidValue)
        }

        @Test func rowsAreCountedAndTagged() async throws {
            try await TestServer.withTable { client, table in
                let inserted = try await client.query("INSERT INTO \(table) SELECT generate_series(1, 3)")
                #expect(inserted.affectedRowCount == 3)
                #expect(inserted.commandTag == "INSERT 0 3")
                #expect(inserted.isEmpty)
                let missed = try await client.query("UPDATE \(table) SET note = '' WHERE id = $1", [7])
                #expect(missed.affectedRowCount == 0)
                #expect(try await client.ids(table) == [1, 2, 3])
            }
        }
    }
}
