/// Gives the file's fields their Iceberg ids, mends annotations and takes out bounds that must not be believed.

extension FileMetadata {
    /// Sets the field id of every field, keyed by `SchemaNode.path`: columns, structs, lists and maps as well as their
    /// `element`, `key` and `value`, but not the `list` or `key_value` in between.
    ///
    /// Throws `fieldIDMismatch`, and changes nothing, if a field stays without an id, an id has no field, or one id is
    /// given twice. One field without an id would be read as null, since the others keep Iceberg from going by name
    /// (Iceberg spec, "Column Projection").
    public mutating func annotate(fieldIDs: [[String]: Int32]) throws {
        guard Set(fieldIDs.values).count == fieldIDs.count else {
            throw ParquetError(.fieldIDMismatch, "one field id is given to two fields")
        }
        var rest = fieldIDs
        var missing: [String] = []
        var annotated = schema
        annotated.forEachNode { node in
            guard node.isNumbered else { return }
            guard let id = rest.removeValue(forKey: node.path) else { return missing.append(node.columnName) }
            node.element[9] = .int32(id)
        }
        guard missing.isEmpty, rest.isEmpty else {
            throw ParquetError(
                .fieldIDMismatch, "the fields of the file and the field ids given are not the same",
                [
                    "without_id": missing.joined(separator: ", "),
                    "without_field": rest.keys.map { $0.joined(separator: ".") }.sorted().joined(
                        separator: ", "),
                ])
        }
        schema = annotated
    }

    /// Mends columns, keyed by `SchemaNode.path`. Mending twice does no harm.
    ///
    /// Throws `unfitMend`, and changes nothing, if a path is no column or its type does not fit the mend.
    public mutating func mend(_ mends: [[String]: Mend]) throws {
        var rest = mends
        var mended = schema
        try mended.forEachNode { node in
            try rest.removeValue(forKey: node.path)?.apply(to: &node)
        }
        if let path = rest.keys.first {
            throw ParquetError(
                .unfitMend, "there is no such column", ["column": path.joined(separator: ".")])
        }
        schema = mended
    }

    /// The columns, by `SchemaNode.path`, whose bounds must leave the file for the release that wrote it.
    public var columnsWithUnsafeBounds: Set<[String]> {
        let trust = StatisticsTrust(writer: writerVersion)
        return Set(schema.leaves.filter { trust.verdict(on: $0) == .unsafe }.map(\.path))
    }

    /// Takes the minima and maxima of these columns out of every row group, and the pointers to their column indexes.
    public mutating func stripBounds(of columns: Set<[String]>) {
        for (index, leaf) in schema.leaves.enumerated() where columns.contains(leaf.path) {
            for group in rowGroups.indices {
                rowGroups[group].columns[index].stripBounds()
            }
        }
    }
}

extension SchemaNode {
    /// Calls `body` for this node and all below it, depth first.
    fileprivate mutating func forEachNode(_ body: (inout SchemaNode) throws -> Void) rethrows {
        try body(&self)
        for index in children.indices {
            try children[index].forEachNode(body)
        }
    }
}
