/// A query and its table travel in one form.
import Foundation
import HTTPTransport
import ScriptedServer
import Testing

@testable import ClickHouse

@Suite struct ExternalTableTests {
    @Test func queryFormatAndStructureGoBeforeTheFile() async throws {
        let server = try ClickHouseClientTests.server(.send(ClickHouseClientTests.whole("3\n")))
        let table = ExternalTable(
            name: "f", format: "TSV", structure: "`a b` Nullable(String)", content: Text("1\n2\n3\n"))
        let rows = try await ClickHouseClientTests.client(server).rows(
            "SELECT 'é', count() FROM f", external: table)
        #expect(rows == [["3"]])
        let request = try #require(server.requests.last)
        let boundary = try #require(request.firstMatch(of: /boundary=(offload-[0-9]+-[0-9]+)\r\n/)?.1)
        let body = """
            --\(boundary)
            Content-Disposition: form-data; name="query"

            SELECT 'é', count() FROM f
            --\(boundary)
            Content-Disposition: form-data; name="f_format"

            TSV
            --\(boundary)
            Content-Disposition: form-data; name="f_structure"

            `a b` Nullable(String)
            --\(boundary)
            Content-Disposition: form-data; name="f"; filename="f"

            1
            2
            3

            --\(boundary)--

            """
        // The file's own line feeds stay what they are.
        let expected = body.replacing("\n", with: "\r\n").replacing("1\r\n2\r\n3\r\n", with: "1\n2\n3\n")
        #expect(
            request.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n") == expected)
    }

    /// It takes as long as it is large.
    @Test func limitOfARequestIsNotForOneThatCarriesAFile() async throws {
        let server = try ClickHouseClientTests.server(.hang)
        var configuration = ClickHouseClient.Configuration(
            url: server.url, user: "me", password: "secret", database: nil)
        configuration.requestTimeout = .milliseconds(300)
        let client = ClickHouseClient(configuration)
        let table = ExternalTable(name: "f", format: "TSV", structure: "a Int8", content: Text("7\n"))
        let carrying = Task { try await client.rows("SELECT 1", external: table) }
        while !server.requests.contains(where: { $0.contains("form-data") }) { await Task.yield() }
        for _ in 0..<2 {
            let error = await #expect(throws: ClickHouseError.self) { try await client.rows("SELECT 1") }
            #expect(error?.code == .timeout)
        }
        carrying.cancel()
        let error = await #expect(throws: ClickHouseError.self) { try await carrying.value }
        #expect(error?.code == .cancelled)
    }

    @Test func everyPieceOfAFormCanBeReadOnItsOwn() throws {
        let form = QueryForm(
            query: "SELECT 1",
            table: .init(name: "f", format: "TSV", structure: "a Int8", content: Text("7\n")))
        let whole = try read(form, pieces: 10_000)
        #expect(Int64(whole.count) == form.byteCount)
        #expect(try read(form, pieces: 1) == whole)
        #expect(try read(form, pieces: 7) == whole)
    }

    @Test func aFileThatShrankIsNoWholeFile() throws {
        struct Shrunk: Upload {
            let byteCount: Int64 = 10

            func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int { 0 }
        }
        let form = QueryForm(
            query: "", table: .init(name: "f", format: "TSV", structure: "a Int8", content: Shrunk()))
        let error = #expect(throws: ClickHouseError.self) { try read(form, pieces: 100) }
        #expect(error?.code == .senderFailed)
    }

    private func read(_ form: QueryForm, pieces: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: pieces)
        while case let count = try piece.withUnsafeMutableBytes({
            try form.read(at: Int64(bytes.count), into: $0)
        }), count > 0 {
            bytes += piece.prefix(count)
        }
        return bytes
    }
}

private struct Text: Upload {
    private let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    var byteCount: Int64 { Int64(bytes.count) }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let part = bytes.dropFirst(Int(offset)).prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }
}
