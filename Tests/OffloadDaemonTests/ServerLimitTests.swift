// Clients that mean no good: slow ones, many of them, and guessers of passwords.
import Foundation
import Testing

@testable import OffloadCore
@testable import OffloadDaemon
@testable import StatusServer

@Suite struct ServerLimitTests {
    private let stage: Rehearsal

    init() throws {
        stage = try Rehearsal()
        stage.onlookers.metrics.configure(stage.orders.current)
    }

    /// A byte now and then keeps no connection open.
    @Test func slowRequestIsCutOff() async throws {
        try await stage.serve(.loopback(exchangeTimeout: .seconds(2))) { port in
            let lasted = try await ServerProbe(port: port).drip()
            #expect(lasted >= .milliseconds(1_900) && lasted < .seconds(60))
            #expect(try await ServerProbe.get("/metrics", port).hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func silentConnectionIsCutOffWithAndWithoutTLS() async throws {
        let web = try await Certificates().web()
        for web in [nil, web] {
            let read: (@Sendable () throws -> WebConfiguration)? = web.map { web in { @Sendable in web } }
            try await stage.serve(.loopback(exchangeTimeout: .milliseconds(100)), web: read) { port in
                let answer = try await ServerProbe(port: port).answer()
                #expect(answer.isEmpty)
            }
        }
    }

    /// Each exchange has the time anew, so that a scraper may keep its connection.
    @Test func connectionThatIsUsedStaysOpen() async throws {
        try await stage.serve(.loopback(exchangeTimeout: .seconds(4))) { port in
            let probe = try ServerProbe(port: port)
            let start = ContinuousClock.now
            var count = 0
            while ContinuousClock.now - start < .seconds(5) || count < 3 {
                probe.send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(await !probe.isSilent(for: 5_000))
                #expect(await probe.piece().hasPrefix("HTTP/1.1 404"))
                count += 1
            }
        }
    }

    @Test func connectionsBeyondTheLimitWait() async throws {
        try await stage.serve(.loopback(connectionCountMax: 4)) { port in
            // More than the limit, for the server may take some at once before it looks at it.
            var held = try (0..<40).map { _ in try ServerProbe(port: port) }
            let late = try ServerProbe(port: port)
            late.send("GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(await late.isSilent(for: 300))
            held.removeAll()
            #expect(await late.answer().hasPrefix("HTTP/1.1 404"))
        }
    }

    @Test func passwordsThatCannotBeTriedSoonAreTurnedAway() async throws {
        let doorkeeper = try Doorkeeper()
        let users = ["prometheus": BcryptHash.decoy(cost: 10)]
        let guess = "Basic " + Data("prometheus:guess".utf8).base64EncodedString()
        let answers = await withTaskGroup(of: Doorkeeper.Answer.self) { group in
            for _ in 0..<40 { group.addTask { await doorkeeper.judge(guess, users: users) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count { $0 == .busy } >= 20)
        #expect(answers.count { $0 == .refused } >= 16)
        #expect(await doorkeeper.judge(guess, users: users) == .refused)
    }

    @Test func unknownNamesCostAsMuchAsKnownOnes() async throws {
        let doorkeeper = try Doorkeeper()
        let users = ["prometheus": BcryptHash.decoy(cost: 10), "other": BcryptHash.decoy(cost: 4)]
        let time = { (name: String) in
            let guess = "Basic " + Data("\(name):guess".utf8).base64EncodedString()
            var best = Duration.seconds(60)
            for _ in 0..<5 {
                let start = ContinuousClock.now
                #expect(await doorkeeper.judge(guess, users: users) == .refused)
                best = min(best, ContinuousClock.now - start)
            }
            return best
        }
        #expect(await time("nobody") * 2 > time("prometheus"))
    }

    /// From the test vectors of crypt_blowfish.
    @Test(arguments: [
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", true),
        ("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", true),
        ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", true),
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", false),
        ("u*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", false),
    ])
    func hashesAreBcrypt(password: String, text: String, isRight: Bool) async throws {
        let hasher = try PasswordHasher()
        for variant in ["$2a$", "$2b$", "$2y$"] {
            let hash = try #require(BcryptHash(variant + text.dropFirst(4)))
            #expect(await hasher.check(password, against: hash) == isRight)
        }
    }

    @Test(arguments: [
        "", "secret", "$1$abc$def", "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2a$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n",
    ])
    func otherTextsAreNoHash(text: String) {
        #expect(BcryptHash(text) == nil)
    }
}
