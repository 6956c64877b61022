/// One key of the configuration: its name, how it is read into and shown from its section, and what it means.
import Yams

/// A mapping of the configuration file. Its initial values are the defaults.
protocol ConfigurationSection: Equatable, Sendable {
    init()
    static var fields: [Field<Self>] { get }
    /// What can be said only once all fields are read.
    mutating func complete(_ node: Node, _ key: String, _ reader: inout ConfigurationReader)
}

extension ConfigurationSection {
    mutating func complete(_ node: Node, _ key: String, _ reader: inout ConfigurationReader) {}

    /// The section as YAML, in the order of its fields; what is not set is left out.
    func shown(fields: [Field<Self>] = Self.fields) -> Node {
        Node(fields.compactMap { field in field.show(self).map { (Node(field.name), $0) } })
    }
}

struct Field<Section: Sendable>: Sendable {
    let name: String
    /// Type, unit and limits in words: "a duration of 1s to 1d, such as 15m".
    let form: String
    let meaning: String
    let isRequired: Bool
    /// The keys beneath this one.
    let children: [ConfigurationKey]
    let read: @Sendable (Node, String, inout Section, inout ConfigurationReader) -> Void
    /// nil where there is nothing to show: the value is not set, or is the placeholder of a required one.
    let show: @Sendable (Section) -> Node?

    func isMissing(in section: Section) -> Bool { isRequired && show(section) == nil }
}

extension Field where Section: ConfigurationSection {
    /// A value with a default, or a required one, whose initial value is then a placeholder.
    init<Value: Equatable>(
        _ name: String, _ path: any WritableKeyPath<Section, Value> & Sendable, _ codec: Codec<Value>,
        required: Bool = false, _ meaning: String
    ) {
        self.init(
            name: name, form: codec.form, meaning: meaning, isRequired: required, children: codec.children,
            read: { node, key, section, reader in
                if let value = codec.read(node, key, &reader) { section[keyPath: path] = value }
            },
            show: { section in
                let value = section[keyPath: path]
                return required && value == Section()[keyPath: path] ? nil : codec.show(value)
            })
    }

    /// A value that need not be there.
    init<Value>(
        optional name: String, _ path: any WritableKeyPath<Section, Value?> & Sendable, _ codec: Codec<Value>,
        _ meaning: String
    ) {
        self.init(
            name: name, form: codec.form, meaning: meaning, isRequired: false, children: codec.children,
            read: { node, key, section, reader in
                if let value = codec.read(node, key, &reader) { section[keyPath: path] = value }
            },
            show: { $0[keyPath: path].flatMap(codec.show) })
    }
}

/// One line of the reference of keys: the example file and the help are held against this list.
struct ConfigurationKey: Equatable, Sendable {
    /// `schedule.interval`, `tables.[].cursor`, `tables.[].columns.*.as`.
    let path: String
    let form: String
    /// As it would stand in the file; nil for a section, and for what is required or simply absent by
    /// default.
    let defaultText: String?
    let isRequired: Bool
    let meaning: String

    /// Every key there is, sections before the keys beneath them.
    static let all = OffloadConfiguration.keys()

    func beneath(_ prefix: String) -> ConfigurationKey {
        ConfigurationKey(
            path: "\(prefix).\(path)", form: form, defaultText: defaultText, isRequired: isRequired,
            meaning: meaning)
    }
}

extension ConfigurationSection {
    static func keys() -> [ConfigurationKey] {
        fields.flatMap { field in
            let own = ConfigurationKey(
                path: field.name, form: field.form, defaultText: field.show(Self())?.scalar?.string,
                isRequired: field.isRequired,
                meaning: field.meaning)
            return [own] + field.children.map { $0.beneath(field.name) }
        }
    }
}
