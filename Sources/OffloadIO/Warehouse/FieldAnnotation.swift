// Whether the columns of a Parquet file are what the Iceberg fields say, and which annotations have to be mended.
import Iceberg
import OffloadCore
import Parquet

enum FieldAnnotation {
    /// The mends that make every column read as its field's type in every engine.
    ///
    /// - Throws: `typeUnmapped` for a column that Iceberg readers would misread, such as milliseconds for a timestamp:
    ///   an older ClickHouse writes some types in other ways.
    static func mends(of root: SchemaNode, for fields: [NestedField]) throws -> [[String]: Mend] {
        let nodes = Dictionary(leavesAndGroups(of: root).map { ($0.path, $0) }) { first, _ in first }
        var mends: [[String]: Mend] = [:]
        for field in Schema(schemaID: 0, fields: fields).nodes where field.field.type.isPrimitive {
            let (path, type) = (field.parquetPath, field.field.type)
            guard let node = nodes[path] else { continue }
            switch check(node, type) {
            case .fits: break
            case .mend(let mend): mends[path] = mend
            case .unfit:
                throw OffloadError(
                    .typeUnmapped,
                    "ClickHouse wrote the column `\(path.joined(separator: "."))` in a form that is no Iceberg \(type)",
                    context: ["physical": "\(node.physicalType.map { "\($0)" } ?? "group")"],
                    hint: "set `columns: {\(path.first ?? ""): {as: string}}` for this column")
            }
        }
        return mends
    }

    private enum Check {
        case fits, mend(Mend), unfit
    }

    /// Iceberg spec, "Parquet" under "Appendix A: Format-specific Requirements".
    private static func check(_ node: SchemaNode, _ type: DataType) -> Check {
        switch (type, node.physicalType, node.logicalType) {
        case (.boolean, .boolean, _), (.float, .float, _), (.double, .double, _), (.double, .float, _): .fits
        case (.int, .int32, nil), (.long, .int32, nil), (.long, .int64, nil): .fits
        case (.int, .int32, .integer(let width, let isSigned)),
            (.long, .int32, .integer(let width, let isSigned)):
            isSigned || width < 32 ? .mend(.dropIntegerWidth) : .unfit
        case (.long, .int64, .integer(64, isSigned: true)): .fits
        case (.decimal(_, let scale), _, .decimal(_, let fileScale)): scale == Int(fileScale) ? .fits : .unfit
        case (.date, .int32, .date), (.uuid, .fixedLengthByteArray(16), .uuid): .fits
        case (.timestamptz, .int64, .timestamp(.microseconds, isAdjustedToUTC: true)): .fits
        case (.timestamp, .int64, .timestamp(.microseconds, let isUTC)):
            isUTC ? .mend(.localTimestamp) : .fits
        case (.time, .int64, .time(.microseconds, _)): .fits
        case (.string, .byteArray, .string): .fits
        case (.string, .byteArray, _): .mend(.asString)
        case (.binary, .byteArray, nil): .fits
        case (.binary, .byteArray, _): .mend(.asBinary)
        case (.fixed(let length), .fixedLengthByteArray(let size), nil): length == size ? .fits : .unfit
        default: .unfit
        }
    }

    private static func leavesAndGroups(of node: SchemaNode) -> [SchemaNode] {
        [node] + node.children.flatMap(leavesAndGroups)
    }
}
