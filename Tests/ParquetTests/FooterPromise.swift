// What reading a footer promises for any bytes at all; tests hold it to hostile files, `proof/fuzz` to millions.

@testable import Parquet

enum FooterPromise {
    /// What went wrong with these bytes, which are a footer or a file that ends with one; nil when they were refused
    /// with the room's own error, or read and written by the book.
    static func breach(by bytes: [UInt8]) -> String? {
        let footer: FileMetadata
        do {
            footer = try FileMetadata(parsing: try cutOut(of: bytes))
        } catch {
            return error is ParquetError ? nil : "an error of another kind: \(error)"
        }
        do {
            return try writingBreach(of: footer) ?? annotationBreach(of: footer) ?? figuresBreach(of: footer)
        } catch {
            return "what was read cannot be written and read again: \(error)"
        }
    }

    private static func cutOut(of bytes: [UInt8]) throws -> [UInt8] {
        do {
            let range = try Footer.locate(tail: bytes.suffix(8), fileSize: Int64(bytes.count))
            return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
        } catch let error as ParquetError where error.code != .unsupported {
            return bytes
        }
    }

    private static func writingBreach(of footer: FileMetadata) throws -> String? {
        guard try FileMetadata(parsing: footer.serialized()) == footer else {
            return "an unchanged footer reads back as another"
        }
        var named = footer
        named.setKeyValue("offload", "tail")
        let copy = try FileMetadata(parsing: named.serialized())
        return copy == named && copy.keyValue("offload") == "tail"
            ? nil : "a key's value reads back as another"
    }

    private static func annotationBreach(of footer: FileMetadata) throws -> String? {
        var annotated = footer
        try annotated.annotate(fieldIDs: footer.someFieldIDs())
        annotated.stripBounds(of: annotated.columnsWithUnsafeBounds)
        guard try FileMetadata(parsing: annotated.serialized()) == annotated else {
            return "an annotated footer reads back as another"
        }
        return annotated.schema.leaves.allSatisfy { $0.fieldID != nil } ? nil : "a column has no field id"
    }

    /// Counts and ranges may be refused, but only by the room's own error.
    private static func figuresBreach(of footer: FileMetadata) throws -> String? {
        do {
            try footer.validate(footerOffset: 1 << 40)
            let statistics = try footer.columnStatistics()
            guard statistics.allSatisfy({ $0.nullCount ?? 0 <= $0.valueCount && $0.valueCount >= 0 }) else {
                return "a column has more nulls than values"
            }
        } catch is ParquetError {}
        return nil
    }
}

extension FileMetadata {
    /// Every numbered field of the file, with ids in the order of the schema.
    func someFieldIDs() -> [[String]: Int32] {
        var ids: [[String]: Int32] = [:]
        func visit(_ node: SchemaNode) {
            if node.isNumbered { ids[node.path] = Int32(ids.count + 1) }
            node.children.forEach(visit)
        }
        visit(schema)
        return ids
    }
}
