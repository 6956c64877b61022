/// Everything that is wrong with a configuration, each entry with the place to go to.
struct ConfigurationError: Error, Equatable {
    struct Issue: Equatable, Sendable {
        let file: String
        /// 1-based; nil where the file as a whole is meant.
        var line: Int?
        var column: Int?
        /// The key's full path, such as `schedule.interval` or `tables[2].cursor`; empty where no key is
        /// meant.
        var key = ""
        let message: String
    }

    /// In the order of the file; never empty.
    let issues: [Issue]
    /// The configuration, where the issues are in a file that it names; nil: they are in the configuration.
    var configuration: String?

    var hint: String {
        "Correct the file, then run: iceberg-offload config check --config \(configuration ?? issues[0].file)"
    }
}

extension ConfigurationError: CustomStringConvertible {
    /// One line per issue; no line repeats a value that may be a secret.
    var description: String { issues.map(\.description).joined(separator: "\n") }
}

extension ConfigurationError.Issue: CustomStringConvertible {
    /// `file:line:column: key: message`, the form that editors and CI systems turn into a link.
    var description: String {
        let place = ([file] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":")
        return key.isEmpty ? "\(place): \(message)" : "\(place): \(key): \(message)"
    }
}

/// What a value's parser has against it; whoever knows the value's place makes an issue of it.
struct Complaint: Error {
    let message: String
    /// How many characters into the value the fault lies.
    var offset = 0

    init(_ message: String, offset: Int = 0) {
        self.message = message
        self.offset = offset
    }
}
