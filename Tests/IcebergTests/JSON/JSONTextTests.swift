// Reading JSON lazily, refusing what is not JSON, and changing it without touching the rest.
import Testing

@testable import Iceberg

private func json(_ text: String) throws -> JSONText { try JSONText(parsing: Array(text.utf8)) }

@Suite struct JSONTextTests {
    @Test func readsEveryKindOfValueInOrder() throws {
        let text = try json(
            #" { "b" : -12, "a":[1, "x]\"", {"k":[]} , [] ,null] ,"t":true,"f":false,"s":"\u00e9\ud83d\ude00\n\\" } "#
        )
        #expect(try text.members.map(\.key) == ["b", "a", "t", "f", "s"])
        #expect(try text.int64("b") == -12)
        #expect(try text.elements("a").map(\.description) == ["1", #""x]\"""#, #"{"k":[]}"#, "[]", "null"])
        #expect(try text.bool("t"))
        #expect(try !text.bool("f"))
        #expect(try text.string("s") == "é😀\n\\")
        #expect(text["missing"] == nil)
    }

    @Test func findsMembersWhoseNamesAreEscaped() throws {
        #expect(try json(#"{"loca\u0074ion":7}"#).int32("location") == 7)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "[1,]", "[,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
        "{\"a\" 1}", "[1}",
        "tru", "nul", "True", "01", "-", "1.", ".5", "1e", "1e+", "+1", "NaN", "Infinity", "\"", "\"\\",
        "\"\\u12",
        "\"\\u12g4\"", "\"\\x\"", "\"\u{01}\"", "\"a\nb\"", "1 2", "{}{}", "[]]", "// c\n1", "'a'",
        "\u{FEFF}1",
    ])
    func refusesWhatIsNotJSON(text: String) {
        #expect { try json(text) } throws: { ($0 as? IcebergError)?.code == .invalidJSON }
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80],
            [0xE2, 0x82], [0xFF],
        ] as [[UInt8]])
    func refusesInvalidUTF8(bytes: [UInt8]) {
        #expect(throws: IcebergError.self) { try JSONText(parsing: [0x22] + bytes + [0x22]) }
    }

    @Test(arguments: ["0", "-0", "1.5e-10", "\"\u{7FF}\u{FFFF}\u{10FFFF}\"", "\"\\/\"", "[[],{}]", "\t1\r\n"])
    func acceptsTheEdgesOfTheGrammar(text: String) throws {
        #expect(try json(text).description == text.filter { !"\t\r\n".contains($0) && $0 != "\r\n" })
    }

    @Test func everyPrefixOfADocumentIsRefused() throws {
        let document = Array(#"{"a":[1,-2.5e3,"é\u0041",true,null],"b":{"c":{}}}"#.utf8)
        _ = try JSONText(parsing: document)
        for length in document.indices {
            #expect(throws: IcebergError.self) { try JSONText(parsing: Array(document[..<length])) }
        }
    }

    @Test func refusesDepthThatWouldExhaustTheStack() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try json(nested(256)).elements.count == 1)
        #expect(throws: IcebergError.self) { try json(nested(257)) }
        #expect(throws: IcebergError.self) { try json(String(repeating: "{\"a\":", count: 1_000_000)) }
    }

    @Test(arguments: ["1.0", "1e3", "9223372036854775808", "\"1\"", "null", "true"])
    func numbersThatAreNoIntegerAreRefused(text: String) throws {
        let value = try json(text)
        #expect(throws: IcebergError.self) { try value.int64 }
    }

    @Test func aWrongTypeNamesTheMember() throws {
        let text = try json(#"{"a":{"b":"x"}}"#)
        let error = #expect(throws: IcebergError.self) { try text.required("a") { try $0.int64("b") } }
        #expect(error?.context["member"] == "b")
        #expect(throws: IcebergError.self) { try text.string("c") }
        #expect(throws: IcebergError.self) { try json(#"["\ud800"]"#).elements[0].string }
    }

    @Test(arguments: [#"{"a":1,"b":2,"a":3}"#, #"{"a":1,"\u0061":3}"#])
    func aNameThatStandsTwiceIsRefused(text: String) throws {
        let text = try json(text)
        #expect { try text.members } throws: { ($0 as? IcebergError)?.code == .invalidJSON }
        #expect { try JSONObject(text) } throws: { ($0 as? IcebergError)?.code == .invalidJSON }
    }

    @Test func editsKeepEveryOtherByte() throws {
        let object = try JSONObject(json(#"{"n": 1.50, "x":[1 , 2],"\u0075":"\u00e9" , "z":null}"#))
        let longer = try object.required("x") { try $0.appending(3) }
        let edited = object.setting([("x", .raw(longer)), ("new", ["k": true])])
        #expect(
            edited.text.description
                == #"{"n":1.50,"x":[1 , 2,3],"\u0075":"\u00e9","z":null,"new":{"k":true}}"#)
        #expect(object.setting([("u", 1)])["u"]?.description == "1")
        #expect(try object.string("u") == "é")
        #expect(try JSONObject(json("{ }")).setting([("a", 1)]).text.description == #"{"a":1}"#)
        #expect(try json("[ ]").appending(nil).description == "[null]")
        #expect(throws: IcebergError.self) { try JSONObject(json("[]")) }
        #expect(throws: IcebergError.self) { try json("{}").appending(1) }
    }

    @Test func writtenTextReadsBack() throws {
        let text = "quote\" slash\\ /\n\r\t\u{0}\u{1F}é😀\u{2028}"
        let written = JSONText(["k": .string(text), "l": [nil, false, .int(Int64.min)]])
        #expect(try JSONText(parsing: Array(written.bytes)).string("k") == text)
        #expect(written.description.hasSuffix(#","l":[null,false,-9223372036854775808]}"#))
    }
}
