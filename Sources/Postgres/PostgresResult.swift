/// From libpq's result to rows or an error: the one place that reads a PGresult.
import CLibPQ

extension PostgresRows {
    /// The answer of a statement that answers nothing.
    static let none = PostgresRows(commandTag: "", affectedRowCount: 0, columns: [], cells: [], count: 0)

    /// - Throws: `PostgresError`, when the result is the server's error or is not text.
    init(_ result: OpaquePointer) throws {
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
        case _ where Self.isCopy(result): throw PostgresError(.other, "COPY is not supported")
        default: throw PostgresError(result)
        }
        let columnCount = PQnfields(result)
        let rowCount = PQntuples(result)
        columns = (0..<columnCount).map { String(cString: PQfname(result, $0)) }
        var cells: [String?] = []
        cells.reserveCapacity(Int(columnCount) * Int(rowCount))
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                cells.append(try Self.cell(result, row, column))
            }
        }
        self.cells = cells
        count = Int(rowCount)
        commandTag = String(cString: PQcmdStatus(result))
        affectedRowCount = Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    static func isCopy(_ result: OpaquePointer) -> Bool {
        [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(PQresultStatus(result))
    }

    private static func cell(_ result: OpaquePointer, _ row: Int32, _ column: Int32) throws -> String? {
        guard PQgetisnull(result, row, column) == 0 else { return nil }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
        // A SQL_ASCII database hands out whatever bytes it was given.
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PostgresError(
                .invalidValue, "column \(String(cString: PQfname(result, column))) is not UTF-8")
        }
        return text
    }
}

extension PostgresError {
    /// The server's error, or libpq's own when it has no SQLSTATE.
    init(_ result: OpaquePointer) {
        func field(_ code: UnicodeScalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        guard let sqlState = field("C") else {
            self.init(
                .connectionLost, "the connection to the server was lost",
                context: ["libpq": String(cString: PQresultErrorMessage(result))])
            return
        }
        // The letters are libpq's PG_DIAG_* constants, which Swift does not import.
        let fields: [(String, UnicodeScalar)] = [
            ("server_message", "M"), ("detail", "D"), ("server_hint", "H"), ("where", "W"), ("schema", "s"),
            ("table", "t"), ("column", "c"), ("constraint", "n"), ("position", "P"),
        ]
        let context = fields.compactMap { name, code in field(code).map { (name, $0) } }
        // A data exception (class 22) quotes the value in its primary message.
        let message = sqlState.hasPrefix("22") ? nil : field("M")
        self.init(
            Code(sqlState: sqlState), message ?? "the server refused a value", sqlState: sqlState,
            context: Dictionary(uniqueKeysWithValues: context))
    }

    /// A failed connection attempt, from libpq's verbose message: `… FATAL:  28P01: password authentication failed …`.
    ///
    /// Each host tried has a line of its own, with lines behind it that say more; the last host's word counts.
    init(connecting message: String, needsPassword: Bool) {
        let lines = message.split(separator: "\n").filter {
            !$0.hasPrefix("\t") && !$0.hasPrefix("LOCATION:")
        }
        let sqlState = lines.compactMap(Self.sqlState).last
        var code =
            sqlState.map(Code.init(sqlState:)) ?? (needsPassword ? .authenticationFailed : .connectionFailed)
        if code == .connectionLost || code == .other {
            // pgbouncer 1.18 gives 08P01 to everything, a wrong password included.
            let isRefusal = lines.last?.contains("authentication failed") ?? false
            code = isRefusal ? .authenticationFailed : .connectionFailed
        }
        self.init(
            code, lines.last.map(String.init) ?? "no connection", sqlState: sqlState,
            context: ["libpq": message])
    }

    /// The five letters and digits between two colons; what comes last is a message.
    private static func sqlState(in line: Substring) -> String? {
        line.split(separator: ":").dropLast().map { $0.drop { $0 == " " } }.first { part in
            part.utf8.count == 5 && part.contains { $0.isNumber }
                && part.allSatisfy { $0.isASCII && ($0.isNumber || $0.isUppercase) }
        }.map(String.init)
    }
}
