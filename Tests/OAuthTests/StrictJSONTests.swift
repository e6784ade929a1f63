import GatewayCore
import Testing

@Suite("Strict JSON")
struct StrictJSONTests {
    private func read(_ octets: [UInt8]) throws(StrictJSONError) -> JSONValue {
        try StrictJSON.read(octets, maximumBytes: 64 * 1024)
    }

    private func read(_ text: String) throws(StrictJSONError) -> JSONValue {
        try read(Array(text.utf8))
    }

    @Test(arguments: [
        (" {} ", JSONValue.object([])), ("[]", .array([])),
        ("[1,[true,false],null]", .array([.integer(1), .array([.bool(true), .bool(false)]), .null])),
        (#"{"a":"b"}"#, .object([JSONMember(name: "a", value: .string("b"))])),
        (#""\u00e9\n\"\\\/\uD83D\uDE00""#, .string("\u{E9}\n\"\\/\u{1F600}")),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("-0", .integer(0)), ("0", .integer(0)),
        ("1.0", .number(1)), ("1e3", .number(1000)), ("-1.5E-2", .number(-0.015)), ("1e+2", .number(100)),
    ])
    func `reads what RFC 8259 allows and keeps whole numbers exact`(text: String, expected: JSONValue) throws {
        #expect(try read(text) == expected)
    }

    @Test(arguments: [
        (#"{"access_token":"a","access_token":"b"}"#, StrictJSONError.duplicateMember),
        (#"{"a":1,"\u0061":1}"#, .duplicateMember),
        (#"[{"x":{"a":1,"b":2,"a":1}}]"#, .duplicateMember),
    ])
    func `OA-85 duplicate members are refused, also when escaped or nested`(text: String, error: StrictJSONError) {
        #expect(throws: error) { try read(text) }
    }

    @Test func `OA-86 a hundred thousand nested arrays are refused without exhausting the stack`() {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: StrictJSONError.tooLarge) { try read(deep) }
        #expect(throws: StrictJSONError.tooDeep) { try StrictJSON.read(deep, maximumBytes: .max) }
        let objects = Array(String(repeating: #"{"a":"#, count: 100_000).utf8)
        #expect(throws: StrictJSONError.tooDeep) { try StrictJSON.read(objects, maximumBytes: .max) }
    }

    @Test func `OA-86 the depth limit is exactly thirty-two`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try read(nested(32))
        #expect(throws: StrictJSONError.tooDeep) { try read(nested(33)) }
    }

    @Test func `OA-86 a million members are refused`() {
        let members = (0..<1_000_000).map { "\"\($0)\":0" }.joined(separator: ",")
        let text = Array("{\(members)}".utf8)
        #expect(throws: StrictJSONError.tooLarge) { try read(text) }
        #expect(throws: StrictJSONError.tooManyValues) { try StrictJSON.read(text, maximumBytes: .max) }
    }

    @Test(
        arguments: [
            ([0xEF, 0xBB, 0xBF, 0x7B, 0x7D], StrictJSONError.byteOrderMark),
            ([0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00], .notUTF8),
            ([0x7B, 0x00, 0x7D, 0x00], .malformed),
            ([0x00, 0x7B, 0x00, 0x7D], .malformed),
            ([0x22, 0xC0, 0xAF, 0x22], .notUTF8),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], .notUTF8),
            ([0x22, 0xFF, 0x22], .notUTF8),
        ] as [([UInt8], StrictJSONError)])
    func `OA-87 byte-order marks, UTF-16 and invalid UTF-8 are refused`(octets: [UInt8], error: StrictJSONError) {
        #expect(throws: error) { try read(octets) }
    }

    @Test(arguments: [
        ("{}x", StrictJSONError.trailingBytes), ("{} {}", .trailingBytes), ("{}\u{0}", .trailingBytes),
        ("1 2", .trailingBytes),
        ("NaN", .malformed), ("Infinity", .malformed), ("-Infinity", .malformed), ("1e999", .numberOutOfRange),
        ("", .endedEarly), ("{", .endedEarly), (#"{"a"#, .endedEarly), (#"{"a":"#, .endedEarly), ("[1,", .endedEarly),
        ("tru", .endedEarly), ("-", .endedEarly), ("1.", .endedEarly), (#""\u00"#, .endedEarly), ("01", .malformed),
        ("+1", .malformed), (".5", .malformed), ("1.x", .malformed), ("0x10", .trailingBytes), ("[1,]", .malformed),
        (#"{"a":1,}"#, .malformed),
        ("{a:1}", .malformed), ("{'a':1}", .malformed), ("/**/1", .malformed), (#""\x41""#, .malformed),
        (#""\ud800""#, .malformed), (#""\udc00\ud800""#, .malformed), (#""\ud800\u0041""#, .malformed),
        ("\"\n\"", .malformed), ("truE", .malformed),
    ])
    func `OA-87 NaN, trailing data and every looseness of other readers are refused`(
        text: String, error: StrictJSONError
    ) {
        #expect(throws: error) { try read(text) }
    }

    @Test func `names are compared octet by octet, not by canonical equivalence`() throws {
        let value = try read(#"{"\u212A":1,"K":2}"#)
        #expect(value["K"] == .integer(2))
    }

    @Test func `OA-70 every truncation of a token answer is refused`() throws {
        let whole = tokenAnswer().body
        _ = try read(whole)
        for count in 0..<whole.count {
            #expect(throws: StrictJSONError.endedEarly) { try read(Array(whole.prefix(count))) }
        }
    }
}
