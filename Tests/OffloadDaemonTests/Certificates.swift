// Certificates made by openssl, and curl as a client that takes them seriously.
import Foundation
import Testing

@testable import StatusServer

/// An authority in a folder of its own, and what it has signed.
final class Certificates: Sendable {
    private let folder = FileManager.default.temporaryDirectory.path + "/certificates-\(UUID().uuidString)"

    init() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await openssl("ca", "/CN=authority", ["-addext", "basicConstraints=critical,CA:TRUE"])
        for name in ["server", "client"] {
            try await openssl(
                name, "/CN=\(name)",
                ["-CA", path("ca.crt"), "-CAkey", path("ca.key"), "-addext", "subjectAltName=IP:127.0.0.1"])
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    /// A web configuration with the server's certificate.
    func web(_ change: (inout WebConfiguration) throws -> Void = { _ in }) throws -> WebConfiguration {
        var web = WebConfiguration()
        web.tls = .init(certificates: try bytes("server.crt"), privateKey: try bytes("server.key"))
        try change(&web)
        return web
    }

    /// What curl says, and its status: 0, or why it has no answer. It trusts this authority alone.
    func curl(_ url: String, _ options: [String] = []) async throws -> (status: Int32, output: String) {
        try await run("curl", ["-sSi", "--max-time", "20", "--cacert", path("ca.crt")] + options + [url])
    }

    private func openssl(_ name: String, _ subject: String, _ options: [String]) async throws {
        let made = try await run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "2",
                "-subj", subject, "-keyout", path("\(name).key"), "-out", path("\(name).crt"),
            ] + options)
        try #require(made.status == 0, "\(made.output)")
    }

    private func run(_ command: String, _ arguments: [String]) async throws -> (status: Int32, output: String)
    {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/\(command)")
        process.arguments = arguments
        let output = path("output-\(UUID().uuidString)")
        try Data().write(to: URL(fileURLWithPath: output))
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardOutput = handle
        process.standardError = handle
        let status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        return (status, try String(contentsOfFile: output, encoding: .utf8))
    }
}
