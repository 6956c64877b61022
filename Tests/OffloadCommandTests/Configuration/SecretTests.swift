// Passwords: where they may come from, what is refused, and that they never print.
import Foundation
import Testing

@testable import OffloadCommand

@Suite struct SecretTests {
    @Test func aSecretNeverPrints() {
        let secret = Secret("hunter2", from: .environment("PW"))
        var dumped = ""
        dump(secret, to: &dumped)
        dump(["a": Optional(secret)], to: &dumped)
        let printed =
            "\(secret) \(String(reflecting: secret)) \(Optional(secret) as Any) \([secret]) \(dumped)"
        #expect(!printed.contains("hunter2") && printed.contains("***"))
        #expect(secret.reveal() == "hunter2")
    }

    @Test func aConfigurationNeverPrintsItsPasswords() throws {
        let configuration = try parsedConfiguration(
            withKey("password: \"${PW}\""), environment: ["PW": "hunter2"])
        var dumped = ""
        dump(configuration, to: &dumped)
        let printed = try "\(configuration) \(dumped) \(configuration.yaml()) \(configuration.json())"
        #expect(!printed.contains("hunter2"))
    }

    @Test(arguments: ["hunter2", "\"x${PW}\"", "\"${PW}${PW}\"", "\"$$\"", "[hunter2]"])
    func aPasswordInTheFileIsRefusedAndNotRepeated(value: String) {
        let found = configurationIssues(of: withKey("password: \(value)"), environment: ["PW": "p"])
        #expect(
            found == [
                "offload.yaml:1:54: clickhouse.password: must not be written out; expected ${NAME}, an environment "
                    + "variable that holds the password, or use password_file"
            ])
    }

    @Test func anUnsetOrEmptyVariableIsRefused() {
        let yaml = withKey("password: \"${PW}\"")
        #expect(
            configurationIssues(of: yaml) == [
                "offload.yaml:1:54: clickhouse.password: the environment variable PW is not set"
            ])
        #expect(
            configurationIssues(of: yaml, environment: ["PW": ""]).first?.contains(
                "clickhouse.password: is empty") == true
        )
    }

    @Test(arguments: [
        "http://me:hunter2@h", "http://h/?password=hunter2", "http://h?Password=hunter2", "http://me@h/",
        "http://h/?user=hunter2", "http://hunter2:x@h:1:2", "https://", "ftp://hunter2", "hunter2",
        "http://h /hunter2",
    ])
    func clickHouseURLsWithMoreThanAPlaceAreRefusedAndNotRepeated(url: String) {
        let found = configurationIssues(of: requiredSections.replacing("http://127.0.0.1:8123", with: url))
        let kinds = ["must", "is not a URL", "holds a space"].map {
            "offload.yaml:1:19: clickhouse.url: \($0)"
        }
        #expect(found.count == 1 && kinds.contains { found[0].hasPrefix($0) })
        #expect(!found[0].contains("hunter2"))
    }

    @Test(arguments: [
        "postgresql://u:hunter2@h/d", "postgresql://h/d?password=hunter2",
        "postgresql://h/d?sslpassword=hunter2",
        "mysql://hunter2", "host=h password=hunter2",
    ])
    func postgresURLsWithPasswordsAreRefusedAndNotRepeated(url: String) {
        let found = configurationIssues(
            of: requiredSections.replacing("postgresql://offload@127.0.0.1:5432/offload", with: url))
        #expect(found.count == 1 && found[0].hasPrefix("offload.yaml:2:17: postgres.url: must"))
        #expect(!found[0].contains("hunter2"))
    }

    @Test(arguments: [
        "postgresql://a,b:5433/d", "postgres://u%3A@h/d?sslmode=verify-full", "postgresql:///d?host=/run",
    ])
    func postgresURLsMayBeAllThatLibpqKnows(url: String) throws {
        let yaml = requiredSections.replacing("postgresql://offload@127.0.0.1:5432/offload", with: url)
        #expect(try parsedConfiguration(yaml).postgres.url == url)
    }

    @Test(arguments: [("pw", "pw"), ("pw\n", "pw"), ("pw\r\n", "pw"), ("pw\n\n", "pw\n"), (" p w ", " p w ")])
    func aPasswordFileLosesOneLineEndAtItsEnd(content: String, password: String) throws {
        try withTemporaryFolder { folder in
            try writeFile(content, to: folder + "/pw")
            for path in ["pw", folder + "/pw"] {
                let configuration = try parsedConfiguration(withKey("password_file: \(path)"), folder: folder)
                #expect(configuration.clickhouse.password?.reveal() == password)
                #expect(configuration.clickhouse.password?.origin == .file(folder + "/pw"))
                #expect(try configuration.yaml().contains("password_file: \(folder)/pw\n"))
            }
        }
    }

    @Test func badPasswordFilesAreTold() throws {
        try withTemporaryFolder { folder in
            let issue = { (path: String) in
                configurationIssues(of: withKey("password_file: \(path)"), folder: folder).joined().replacing(
                    folder, with: "DIR")
            }
            let place = "offload.yaml:1:59: clickhouse.password_file: "
            try writeFile("hunter2", to: folder + "/open", mode: 0o640)
            try writeFile("\n", to: folder + "/blank")
            try writeFile(String(repeating: "x", count: 4_097), to: folder + "/long")
            try Data([0xFF]).write(to: URL(fileURLWithPath: folder + "/bytes"))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder + "/bytes")
            #expect(
                issue("open") == place + "others than the owner may read DIR/open; run: chmod 600 DIR/open")
            #expect(issue("blank") == place + "DIR/blank holds no password")
            #expect(issue("long") == place + "DIR/long is empty or longer than 4096 bytes")
            #expect(issue("bytes") == place + "DIR/bytes is not UTF-8")
            #expect(issue("none") == place + "there is no file DIR/none")
            #expect(issue(".") == place + "DIR/. is not a regular file")
        }
    }

    @Test func credentialsComeBeforeTheFolderAndByThemselves() throws {
        try withTemporaryFolder { folder in
            try writeFile("beside", to: folder + "/pw")
            let credentials = folder + "/credentials"
            try FileManager.default.createDirectory(atPath: credentials, withIntermediateDirectories: false)
            let environment = ["CREDENTIALS_DIRECTORY": credentials]
            let named = withKey("password_file: pw")
            #expect(
                try parsedConfiguration(named, environment: environment, folder: folder).clickhouse.password?
                    .reveal()
                    == "beside")
            // systemd's ACL makes the mode look wider than it is.
            try writeFile("credential", to: credentials + "/pw", mode: 0o440)
            try writeFile("unasked", to: credentials + "/postgres-password", mode: 0o440)
            let configuration = try parsedConfiguration(named, environment: environment, folder: folder)
            #expect(configuration.clickhouse.password?.reveal() == "credential")
            #expect(configuration.postgres.password?.reveal() == "unasked")
            let spelled = withKey("password_file: \"${CREDENTIALS_DIRECTORY}/pw\"")
            #expect(try parsedConfiguration(spelled, environment: environment) == configuration)
        }
    }

    @Test func twoPasswordsAreOneTooMany() throws {
        try withTemporaryFolder { folder in
            try writeFile("x", to: folder + "/pw")
            let yaml = withKey("password: \"${PW}\", password_file: pw")
            #expect(
                configurationIssues(of: yaml, environment: ["PW": "y"], folder: folder) == [
                    "offload.yaml:1:13: clickhouse: give password or password_file, not both"
                ])
        }
    }

    /// The required sections with further keys for ClickHouse: `password: ` ends in column 53 of line 1.
    private func withKey(_ keys: String) -> String {
        requiredSections.replacing("8123\"}", with: "8123\", \(keys)}")
    }
}
