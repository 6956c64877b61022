/// How a kind of value stands in the file: read from YAML, shown as YAML, and named in errors.
import Foundation
import Yams

struct Codec<Value: Sendable>: Sendable {
    /// The value in words, with unit and limits: completes "expected …".
    let form: String
    var children: [ConfigurationKey] = []
    /// The value, or nil after reporting what is wrong.
    let read: @Sendable (Node, String, inout ConfigurationReader) -> Value?
    /// nil where there is nothing to show.
    let show: @Sendable (Value) -> Node?

    /// A value that is one scalar.
    static func scalar(
        _ form: String, tag: Tag.Name = .str, show: @escaping @Sendable (Value) -> String = { "\($0)" },
        parse: @escaping @Sendable (String) throws -> Value
    ) -> Codec {
        Codec(
            form: form,
            read: { node, key, reader in
                guard let text = reader.text(of: node, key: key, expected: form) else { return nil }
                return reader.parse(node, key: key) { _ in try parse(text) }
            },
            show: { Node(show($0), Tag(tag)) })
    }
}

extension Codec where Value == String {
    /// One line of text; longer text, and text of several lines, only where the limit is raised for it.
    static func text(_ form: String, countMax: Int = 1_000) -> Codec {
        .scalar(form) { text in
            guard text.count <= countMax else { throw Complaint("is longer than \(countMax) characters") }
            let isPlain = { (scalar: Unicode.Scalar) in scalar.properties.generalCategory != .control }
            guard
                text.unicodeScalars.allSatisfy({
                    isPlain($0) || (countMax > 1_000 && "\n\t".unicodeScalars.contains($0))
                })
            else { throw Complaint("holds a control character") }
            guard text.contains(where: { !$0.isWhitespace }) else {
                throw Complaint("is blank; expected \(form)")
            }
            return text
        }
    }
}

extension Codec where Value == Int {
    static func integer(_ range: ClosedRange<Int>, _ unit: String) -> Codec {
        let form = "a whole number of \(unit), \(range.lowerBound) to \(range.upperBound)"
        return .scalar(form, tag: .int) { text in
            guard let number = Int(text), range.contains(number) else {
                throw Complaint("\"\(text)\" is not \(form)")
            }
            return number
        }
    }
}

extension Codec where Value == Bool {
    static var boolean: Codec {
        .scalar("true or false", tag: .bool) { text in
            guard let value = Bool(text) else { throw Complaint("\"\(text)\" is not true or false") }
            return value
        }
    }
}

extension Codec where Value == Duration {
    static func duration(_ range: ClosedRange<Duration>) -> Codec {
        let form =
            "a duration of \(range.lowerBound.configurationText) to \(range.upperBound.configurationText)"
        return .scalar("\(form), such as 90s or 1h30m", show: \.configurationText) { text in
            let duration = try Duration(configurationText: text)
            guard range.contains(duration) else {
                throw Complaint("\"\(text)\" is out of range: expected \(form)")
            }
            return duration
        }
    }
}

extension Codec where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of an enum's words.
    static func choice(_ type: Value.Type = Value.self) -> Codec {
        let words = Value.allCases.map(\.rawValue)
        let form = words.joined(separator: ", ")
        return .scalar(form, show: \.rawValue) { text in
            if let value = Value(rawValue: text) { return value }
            let near = nearest(to: text, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
            throw Complaint("\"\(text)\" is not one of: \(form)\(near)")
        }
    }
}

extension Codec where Value: ConfigurationSection {
    /// A mapping with keys of its own.
    static var section: Codec {
        Codec(
            form: "a mapping", children: Value.keys(),
            read: { node, key, reader in
                var section = Value()
                reader.fill(&section, from: node, key: key)
                return section
            },
            show: { $0.shown() })
    }
}

extension Codec {
    /// A list without repetitions.
    static func list<Element: Hashable>(
        of element: Codec<Element>, countMax: Int
    ) -> Codec where Value == [Element] {
        let form = "a list of at most \(countMax): \(element.form)"
        return Codec(
            form: form,
            read: { node, key, reader in
                guard let nodes = node.array(countMax, form, key, &reader) else { return nil }
                var seen: Set<Element> = []
                var values: [Element] = []
                for (index, node) in nodes.enumerated() {
                    guard let value = element.read(node, "\(key)[\(index)]", &reader) else { continue }
                    if !seen.insert(value).inserted {
                        reader.report("stands twice", at: node, key: "\(key)[\(index)]")
                    }
                    values.append(value)
                }
                return values
            },
            show: { .sequence(.init($0.compactMap(element.show), Tag(.seq), Node.Sequence.Style.flow)) })
    }

    /// A mapping whose keys are names of the user's own.
    static func named<Element: ConfigurationSection>(
        _ what: String, countMax: Int
    ) -> Codec where Value == [String: Element] {
        let form = "a mapping of \(what)"
        return Codec(
            form: form, children: Element.keys().map { $0.beneath("*") },
            read: { node, key, reader in
                guard let mapping = node.mapping, mapping.count <= countMax else {
                    reader.report("expected \(form), at most \(countMax)", at: node, key: key)
                    return nil
                }
                var values: [String: Element] = [:]
                for (name, node) in mapping {
                    let text = name.string ?? ""
                    values[text] = Codec<Element>.section.read(node, "\(key).\(text)", &reader)
                }
                return values
            },
            show: { values in
                let sorted = values.sorted { $0.key < $1.key }
                return sorted.isEmpty ? nil : Node(sorted.map { (Node($0.key), $0.value.shown()) })
            })
    }
}

extension Node {
    /// A sequence's nodes, or nil after reporting that this is none.
    func array(_ countMax: Int, _ form: String, _ key: String, _ reader: inout ConfigurationReader) -> [Node]?
    {
        guard let sequence, sequence.count <= countMax else {
            reader.report("expected \(form)", at: self, key: key)
            return nil
        }
        return Array(sequence)
    }
}
