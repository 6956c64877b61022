/// Finds what a foreign record holds by Iceberg field id, and by name where its writer left the ids out.
struct AvroColumns {
    private var positions: [Int32: Int] = [:]
    /// Positions of fields that are not among the known ones.
    private(set) var unknownPositions: [Int] = []

    /// - Parameter aliases: ids of known fields by names they once had.
    init(_ schema: AvroSchema, known: [NestedField], aliases: [String: Int32] = [:]) {
        let idsByName = Dictionary(known.map { ($0.name, $0.id) }) { first, _ in first }
            .merging(aliases) { first, _ in first }
        let knownIDs = Set(known.map(\.id))
        for (position, field) in schema.fields.enumerated() {
            let id = field.id ?? idsByName[field.icebergName ?? field.name]
            if let id, knownIDs.contains(id) {
                positions[id] = position
            } else {
                unknownPositions.append(position)
            }
        }
    }

    func position(of field: NestedField) -> Int? { positions[field.id] }

    func row(_ value: AvroValue) throws -> Row {
        guard let values = value.fields else {
            throw IcebergError(.invalidManifest, "a manifest holds something else than records")
        }
        return Row(columns: self, values: values)
    }

    /// One record seen through the columns; a field that the file lacks reads as null.
    struct Row {
        fileprivate let columns: AvroColumns
        let values: [AvroValue]

        subscript(field: NestedField) -> AvroValue {
            columns.positions[field.id].map { values[$0] } ?? .null
        }

        func integer(_ field: NestedField) throws -> Int64? { try read(field, \.integer) }

        func int32(_ field: NestedField) throws -> Int32? {
            try read(field) { $0.integer.flatMap { Int32(exactly: $0) } }
        }

        func string(_ field: NestedField) throws -> String? { try read(field, \.string) }

        func bool(_ field: NestedField) throws -> Bool? { try read(field, \.bool) }

        func bytes(_ field: NestedField) throws -> [UInt8]? { try read(field, \.bytes) }

        func required<Value>(
            _ field: NestedField, _ value: (NestedField) throws -> Value?
        ) throws -> Value {
            guard let value = try value(field) else { throw misfit(field) }
            return value
        }

        /// Iceberg's map with keys that are not strings: an array of key and value pairs.
        func map<Value>(
            _ field: NestedField, _ value: (AvroValue) -> Value?
        ) throws -> [Int32: Value] {
            var result: [Int32: Value] = [:]
            for pair in try read(field, \.elements) ?? [] {
                guard let pair = pair.fields, pair.count == 2, let key = pair[0].integer,
                    let id = Int32(exactly: key), let value = value(pair[1])
                else { throw misfit(field) }
                result[id] = value
            }
            return result
        }

        func list<Value>(_ field: NestedField, _ value: (AvroValue) -> Value?) throws -> [Value] {
            try (read(field, \.elements) ?? []).map {
                guard let value = value($0) else { throw misfit(field) }
                return value
            }
        }

        private func read<Value>(_ field: NestedField, _ value: (AvroValue) -> Value?) throws -> Value? {
            let found = self[field]
            if found == .null { return nil }
            guard let value = value(found) else { throw misfit(field) }
            return value
        }

        private func misfit(_ field: NestedField) -> IcebergError {
            IcebergError(
                .invalidManifest, "the field '\(field.name)' is missing or of another type",
                context: ["field-id": String(field.id)])
        }
    }
}
