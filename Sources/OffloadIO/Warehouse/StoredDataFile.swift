// A data file of the warehouse, opened to be read back.
import Iceberg
import ObjectStorage
import OffloadCore
import Parquet

struct StoredDataFile: DataFileContent {
    let fields: [NestedField]
    private let location: String
    private let object: any ObjectReader

    /// Reads the footer alone.
    ///
    /// - Throws: `lakeUnavailable` if it is not there, or no Parquet file.
    init(at location: String, in table: LakeTable, _ files: WarehouseFiles) async throws {
        self.location = location
        object = try await files.open(location)
        do {
            let (footer, _) = try await Footer.read(fileSize: object.size) {
                try await files.get(location, range: $0)
            }
            fields = Self.found(table.schema.fields, in: footer.schema.children)
        } catch let error as ParquetError {
            throw OffloadError(
                .lakeUnavailable, "a data file is no whole Parquet file: \(error.message)",
                context: ["location": location], underlying: error)
        }
    }

    var byteCount: Int64 { object.size }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        do {
            return try object.read(at: offset, into: buffer)
        } catch let error as ObjectStorageError {
            throw WarehouseFiles.translate(error, location)
        }
    }

    /// Fields are known by their ids, and by their names only where the file has none (spec, "Column Projection").
    private static func found(_ fields: [NestedField], in nodes: [SchemaNode]) -> [NestedField] {
        fields.compactMap { field in
            let node =
                nodes.first { $0.fieldID == field.id }
                ?? nodes.first { $0.fieldID == nil && $0.name == field.name }
            guard let node else { return nil }
            var found = field
            found.name = node.name
            found.type = type(field.type, in: node)
            return found
        }
    }

    private static func type(_ type: DataType, in node: SchemaNode) -> DataType {
        // The levels `list` and `key_value` of the Parquet format have no fields of their own.
        let inner = node.children.first?.children ?? []
        switch type {
        case .struct(let fields): return .struct(found(fields, in: node.children))
        case .list(let id, let element, let isRequired):
            return .list(
                elementID: id, element: inner.first.map { self.type(element, in: $0) } ?? element,
                isElementRequired: isRequired)
        case .map(let keyID, let key, let valueID, let value, let isRequired):
            return .map(
                keyID: keyID, key: key, valueID: valueID,
                value: inner.last.map { self.type(value, in: $0) } ?? value, isValueRequired: isRequired)
        default: return type
        }
    }
}
