/// Walks a YAML document by the declared fields and collects everything that is wrong in it.
import Yams

struct ConfigurationReader {
    let file: String
    /// Where relative `password_file` paths begin.
    let folder: String
    let environment: [String: String]
    private(set) var issues: [ConfigurationError.Issue] = []

    init(file: String, folder: String, environment: [String: String]) {
        self.file = file
        self.folder = folder
        self.environment = environment
    }

    /// Fills `section` from a mapping: each field by its own reading, in the order of their declaration.
    ///
    /// - Parameters:
    ///   - key: the mapping's own path; empty for the document.
    ///   - fields: those that may stand here.
    ///   - refused: keys that are known elsewhere but not here, with what to say of them.
    mutating func fill<Section: ConfigurationSection>(
        _ section: inout Section, from node: Node, key: String, fields: [Field<Section>] = Section.fields,
        refused: [String: String] = [:]
    ) {
        guard let entries = entries(of: node, key: key) else { return }
        let path = { (name: String) in key.isEmpty ? name : "\(key).\(name)" }
        for field in fields {
            if let entry = entries.first(where: { $0.key.string == field.name }) {
                field.read(entry.value, path(field.name), &section, &self)
            } else if field.isMissing(in: section) {
                report("is missing; expected \(field.form)", at: node, key: path(field.name))
            }
        }
        for (name, _) in entries where !fields.contains(where: { $0.name == name.string }) {
            let text = name.string ?? ""
            report(refused[text] ?? unknown(text, fields.map(\.name)), at: name, key: path(text))
        }
        section.complete(node, key, &self)
    }

    /// A scalar's text with its `${NAME}` filled in, or nil after reporting why there is none.
    mutating func text(of node: Node, key: String, expected form: String) -> String? {
        guard case .scalar(let scalar) = node else {
            report(
                "expected \(form), found a \(node.mapping == nil ? "list" : "mapping")", at: node, key: key)
            return nil
        }
        return parse(node, key: key) { reader in
            let text = node.isNull ? "" : try interpolate(scalar.string, with: reader.environment)
            guard !text.isEmpty else { throw Complaint("is empty; expected \(form)") }
            return text
        }
    }

    /// A parser's result, or nil after reporting its complaint at the place it points to.
    mutating func parse<Value>(
        _ node: Node, key: String, _ body: (ConfigurationReader) throws -> Value
    ) -> Value? {
        do {
            return try body(self)
        } catch let complaint as Complaint {
            report(complaint.message, at: node, key: key, offset: complaint.offset)
        } catch {
            report("\(error)", at: node, key: key)
        }
        return nil
    }

    mutating func report(_ message: String, at node: Node, key: String, offset: Int = 0) {
        // The mark of a quoted scalar is its opening quote.
        let quote = [.singleQuoted, .doubleQuoted].contains(node.scalar?.style) && offset > 0 ? 1 : 0
        let column = (node.mark?.column).map { $0 + quote + offset }
        // One issue is one line, whatever the value it quotes.
        let line = String(message.prefix(1_000)).replacing("\n", with: "\\n")
        issues.append(.init(file: file, line: node.mark?.line, column: column, key: key, message: line))
    }

    /// The entries of a mapping. Nothing at all is an empty mapping: its keys may all be commented out.
    private mutating func entries(of node: Node, key: String) -> [(key: Node, value: Node)]? {
        if node.isNull { return [] }
        guard let mapping = node.mapping else {
            report("expected a mapping of keys to values", at: node, key: key)
            return nil
        }
        return Array(mapping)
    }

    private func unknown(_ name: String, _ known: [String]) -> String {
        if let near = nearest(to: name, among: known) { return "unknown key; did you mean \"\(near)\"?" }
        return "unknown key; known here: \(known.joined(separator: ", "))"
    }
}

extension Node {
    /// Nothing, written as nothing, `~` or `null` and not as a quoted text.
    var isNull: Bool {
        guard let scalar, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
