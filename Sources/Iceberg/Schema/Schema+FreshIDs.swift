/// Field ids for a new table, in the order in which every Iceberg client gives them.
extension Schema {
    /// A schema of these fields with ids from 1; the ids they carry are not looked at.
    ///
    /// All fields of one struct are numbered before anything inside them, and a map's key and value before what they
    /// hold. Catalogs renumber at creation in this order, so a table made here keeps its ids when another client copies it.
    public static func assigningFreshIDs(schemaID: Int32 = 0, to fields: [NestedField]) -> Schema {
        var numbering = Numbering()
        return Schema(schemaID: schemaID, fields: numbering.number(fields))
    }

    private struct Numbering {
        var last: Int32 = 0

        mutating func next() -> Int32 {
            last += 1
            return last
        }

        mutating func number(_ fields: [NestedField]) -> [NestedField] {
            var numbered = fields
            for index in numbered.indices { numbered[index].id = next() }
            for index in numbered.indices { numbered[index].type = number(numbered[index].type) }
            return numbered
        }

        mutating func number(_ type: DataType) -> DataType {
            switch type {
            case .struct(let fields): return .struct(number(fields))
            case .list(_, let element, let isElementRequired):
                let id = next()
                return .list(elementID: id, element: number(element), isElementRequired: isElementRequired)
            case .map(_, let key, _, let value, let isValueRequired):
                let (keyID, valueID) = (next(), next())
                return .map(
                    keyID: keyID, key: number(key), valueID: valueID, value: number(value),
                    isValueRequired: isValueRequired)
            default: return type
            }
        }
    }
}
