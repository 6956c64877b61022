// Schemas as JSON: names resolve, properties stay, and Iceberg's types become what the spec's appendix A says.
import Testing

@testable import Iceberg

@Suite struct AvroSchemaTests {
    @Test func aSchemaIsWrittenAsItWasRead() throws {
        let json = AvroFileTests.everything.json
        #expect(try AvroSchema(json: Array(json.utf8)).json == json)
        // The second use of a named type is its name.
        #expect(json.components(of: #""name":"four","size":4"#) == 1)
    }

    @Test func referencesResolveWithinTheirNamespace() throws {
        let json = """
            {"type":"record","name":"outer","namespace":"org.example","doc":"x","fields":[
              {"name":"a","type":{"type":"fixed","name":"id","size":2},"field-id":7},
              {"name":"b","type":["null","id"]},
              {"name":"c","type":"org.example.id","order":"ascending"},
              {"name":"d_x2Dd","type":{"type":"int","logicalType":"date"},"iceberg-field-name":"d-d"}]}
            """
        let schema = try AvroSchema(json: Array(json.utf8))
        #expect(schema.fields.map(\.id) == [7, nil, nil, nil])
        #expect(schema.fields[3].icebergName == "d-d")
        var decoder = AvroDecoder([1, 2, 2, 3, 4, 5, 6, 2])
        #expect(
            try decoder.value(schema)
                == .record([.fixed([1, 2]), .fixed([3, 4]), .fixed([5, 6]), .int(1)]))
    }

    @Test(arguments: [
        #"{"type":"record","name":"r","fields":[{"name":"self","type":["null","r"]}]}"#,
        #"{"type":"array"}"#, #""unknown""#, "{}", "7", #"{"type":"fixed","name":"f","size":-1}"#,
        String(repeating: #"{"type":"array","items":"#, count: 60) + #""int""#
            + String(repeating: "}", count: 60),
    ])
    func badSchemasAreRefused(json: String) {
        #expect(throws: IcebergError.self) { try AvroSchema(json: Array(json.utf8)) }
    }

    @Test func icebergTypesBecomeAvroTypes() {
        let types: [(DataType, String)] = [
            (.boolean, #""boolean""#), (.int, #""int""#), (.long, #""long""#), (.float, #""float""#),
            (.double, #""double""#), (.string, #""string""#), (.binary, #""bytes""#),
            (.date, #"{"type":"int","logicalType":"date"}"#),
            (.time, #"{"type":"long","logicalType":"time-micros"}"#),
            (.timestamp, #"{"type":"long","logicalType":"timestamp-micros","adjust-to-utc":false}"#),
            (.timestamptz, #"{"type":"long","logicalType":"timestamp-micros","adjust-to-utc":true}"#),
            (.uuid, #"{"type":"fixed","name":"uuid_fixed","size":16,"logicalType":"uuid"}"#),
            (.fixed(3), #"{"type":"fixed","name":"fixed_3","size":3}"#),
            (
                .decimal(precision: 9, scale: 2),
                #"{"type":"fixed","name":"decimal_9_2","size":4,"logicalType":"decimal","precision":9,"scale":2}"#
            ),
        ]
        for (type, json) in types {
            let field = NestedField(id: 1000, name: "p", isRequired: true, type: type)
            #expect(AvroSchema(record: "r", [field]).fields[0].schema.json == json)
        }
    }

    @Test func referencesCountAsTheLevelsThatTheyStandFor() throws {
        func chain(_ count: Int) -> [UInt8] {
            let links = (1..<count).map {
                #"{"type":"record","name":"r\#($0)","fields":[{"name":"f","type":"r\#($0 - 1)"}]}"#
            }
            let first = #"{"type":"record","name":"r0","fields":[]}"#
            return Array("[\(([first] + links).joined(separator: ","))]".utf8)
        }
        _ = try AvroSchema(json: chain(AvroDecoder.depthMax - 1))
        for count in [AvroDecoder.depthMax, 1000] {
            #expect(throws: IcebergError.self) { try AvroSchema(json: chain(count)) }
        }
    }

    @Test func decimalsTakeTheFewestBytes() {
        let sizes = [1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 9: 4, 10: 5, 18: 8, 19: 9, 20: 9, 28: 12, 38: 16]
        for (precision, size) in sizes { #expect(AvroSchema.decimalByteCount(precision) == size) }
    }

    @Test(arguments: [
        ("day", "day"), ("day-p", "day_x2Dp"), ("1st", "_1st"), ("a b.c", "a_x20b_x2Ec"), ("_x", "_x"),
        ("c😀", "c_xD83D_xDE00"), ("é", "_xE9"),
    ])
    func namesAreSanitisedAsJavaDoes(name: String, avro: String) {
        #expect(AvroName.sanitized(name) == avro)
    }
}

extension String {
    fileprivate func components(of needle: String) -> Int {
        indices.count { self[$0...].hasPrefix(needle) }
    }
}
