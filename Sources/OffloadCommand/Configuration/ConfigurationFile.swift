/// Reads the configuration from its file, and shows it again with the defaults filled in.
import Foundation
import Yams

/// More than any configuration of ours is long.
private let byteCountMax = 4 << 20

extension ConfigurationSection {
    /// Reads and checks a configuration file.
    ///
    /// - Parameter example: the file that shows how one looks.
    /// - Throws: `ConfigurationError` with everything that is wrong in it.
    static func load(
        _ path: String, environment: [String: String] = ProcessInfo.processInfo.environment,
        example: String = "config/offload.example.yaml"
    ) throws(ConfigurationError) -> Self {
        let url = URL(fileURLWithPath: path)
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: url)
            data = try file.read(upToCount: byteCountMax + 1) ?? Data()
        } catch {
            throw ConfigurationError(
                file: path, "cannot be read; begin with a copy of \(example)")
        }
        guard data.count <= byteCountMax else {
            throw ConfigurationError(file: path, "is larger than \(byteCountMax >> 20) MiB")
        }
        guard let yaml = String(data: data, encoding: .utf8) else {
            throw ConfigurationError(file: path, "is not UTF-8")
        }
        let folder = url.deletingLastPathComponent().path
        return try parse(yaml, file: path, folder: folder, environment: environment)
    }

    /// - Parameters:
    ///   - file: the name that errors give.
    ///   - folder: where relative paths of files begin.
    static func parse(
        _ yaml: String, file: String, folder: String, environment: [String: String]
    ) throws(ConfigurationError) -> Self {
        let document: Node
        do {
            document = try Yams.compose(yaml: yaml) ?? Node([:])
        } catch let error as YamlError {
            throw ConfigurationError(issues: [error.issue(in: file)])
        } catch {
            throw ConfigurationError(file: file, "\(error)")
        }
        var reader = ConfigurationReader(file: file, folder: folder, environment: environment)
        var configuration = Self()
        reader.fill(&configuration, from: document, key: "")
        guard reader.issues.isEmpty else {
            throw ConfigurationError(
                issues: reader.issues.sorted {
                    ($0.line ?? 0, $0.column ?? 0) < ($1.line ?? 0, $1.column ?? 0)
                })
        }
        return configuration
    }
}

extension OffloadConfiguration {
    /// The effective configuration as YAML: defaults filled in, each table with what it took from `defaults`,
    /// passwords as `***`.
    func yaml() throws -> String {
        try Yams.serialize(node: shown(), width: -1, allowUnicode: true)
    }

    /// The same as JSON.
    func json() throws -> String {
        let options: JSONSerialization.WritingOptions = [
            .prettyPrinted, .sortedKeys, .withoutEscapingSlashes,
        ]
        let data = try JSONSerialization.data(withJSONObject: Self.object(shown()), options: options)
        return String(decoding: data, as: UTF8.self)
    }

    private static func object(_ node: Node) -> Any {
        switch node {
        case .mapping(let mapping):
            Dictionary(uniqueKeysWithValues: mapping.map { ($0.key.string ?? "", object($0.value)) })
        case .sequence(let sequence):
            sequence.map(object)
        case .scalar(let scalar) where node.tag == Tag(.int):
            Int(scalar.string) ?? scalar.string
        case .scalar(let scalar) where node.tag == Tag(.bool):
            scalar.string == "true"
        default:
            node.string ?? ""
        }
    }
}

extension ConfigurationError {
    init(file: String, _ message: String) {
        issues = [Issue(file: file, message: message)]
    }
}

extension YamlError {
    /// What the YAML itself is wrong in; the document ends there, so this is the only issue.
    fileprivate func issue(in file: String) -> ConfigurationError.Issue {
        switch self {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            .init(file: file, line: mark.line, column: mark.column, message: "this is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            .init(
                file: file, line: context.mark.line, column: context.mark.column, key: duplicates.first ?? "",
                message: "stands here and once more further down in the same mapping; keep one")
        case .reader(let problem, _, _, _):
            // The whole description would repeat the file's content.
            .init(file: file, message: "this is not YAML: \(problem)")
        default:
            .init(file: file, message: "this is not YAML: \(self)")
        }
    }
}
