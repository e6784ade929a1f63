import Foundation
import Testing

@testable import GatewayCore

private struct CountingRandom: RandomSource {
    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) } }
}

@Suite struct `Secret redaction` {
    private struct Holder {
        let name = "holder"
        let secret: Secret
        let list: [Secret]
        let optional: Secret?
        let table: [String: Secret]
    }

    @Test func `print, debugPrint, dump, mirror and interpolation never show the bytes, alone or nested`() {
        let secret = Secret("p4ssw0rd-\u{E4}")
        let holder = Holder(secret: secret, list: [secret], optional: secret, table: ["key": secret])
        var output = ""
        for value in [secret, holder, [secret], ("pair", secret), Optional(secret) as Any] as [Any] {
            print(value, to: &output)
            debugPrint(value, to: &output)
            dump(value, to: &output)
            output += "\(value)" + String(describing: value) + String(reflecting: value)
            output += Mirror(reflecting: value).children.map { "\($0)" }.joined()
        }
        #expect(!output.contains("p4ssw0rd"))
        for part in ["112, 52, 115", "70347373", "SecretStorage", "0x0000"] { #expect(!output.contains(part)) }
        #expect(output.contains("[secret]"))
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test func `the bytes come out only where they are exposed, and unchanged`() {
        let bytes = Array(UInt8.min...UInt8.max)
        let secret = Secret(bytes)
        #expect(secret.count == 256 && !secret.isEmpty && Secret("").isEmpty)
        #expect(secret.exposeBytes { span in (0..<span.byteCount).count } == 256)
        #expect(secret.equalsInConstantTime(Secret(bytes)))
        #expect(Secret("\u{E4}x").exposeText() == "\u{E4}x")
        #expect(Secret("").equalsInConstantTime(Secret("")))
    }
}

@Suite struct `Plain values` {
    @Test func `constant-time comparison sees every single bit and every length`() {
        let bytes = Array(UInt8(0)..<32)
        #expect(ConstantTime.equal(bytes, bytes) && ConstantTime.equal([], [UInt8]()))
        for index in bytes.indices {
            for bit in 0..<8 {
                var other = bytes
                other[index] ^= 1 << UInt8(bit)
                #expect(!ConstantTime.equal(bytes, other))
            }
            #expect(!ConstantTime.equal(bytes, Array(bytes[..<index])))
        }
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"), ("\u{3FF}\u{3FF}", "z7_Pvw"), ("~>", "fj4"),
    ])
    func `base64url writes and reads the vectors of RFC 4648 without padding`(plain: String, coded: String) {
        #expect(Base64URL.encode(plain.utf8) == coded)
        #expect(Base64URL.decode(coded) == Array(plain.utf8))
    }

    @Test func `base64url writes the appendix A vector of RFC 7636 and reads back every length`() {
        #expect(Base64URL.encode([3, 236, 255, 224, 193]) == "A-z_4ME")
        for length in 0..<100 {
            let bytes = CountingRandom().bytes(length)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }

    @Test(arguments: [
        "Zg==", "Zg=", "Z", "Zh", "Zm9", "Zm9v\n", " Zm9v", "Zm+v", "Zm/v", "Zm9v\u{0}", "\u{FF3A}g", "Zm9vA",
    ])
    func `base64url refuses what it would not write`(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test(arguments: [
        ("", ""), ("f", "cr"), ("fo", "csqg"), ("foo", "csqpy"), ("foob", "csqpyrg"), ("foobar", "csqpyrk1e8"),
    ])
    func `base32 writes the lower-case digits of Crockford`(plain: String, coded: String) {
        #expect(Base32.encode(Array(plain.utf8)) == coded)
        #expect(coded.utf8.allSatisfy(Base32.isDigit))
    }

    @Test func `base32 has 32 digits and none of i, l, o, u or upper case`() {
        let digits = (UInt8.min...UInt8.max).filter(Base32.isDigit)
        #expect(String(decoding: digits, as: UTF8.self) == "0123456789abcdefghjkmnpqrstvwxyz")
    }

    @Test func `an identifier has its prefix and 26 digits, and reads back only under its own kind`() {
        let id = ConnectionID(random: CountingRandom())
        #expect(id.text.hasPrefix("con_") && id.text.utf8.count == 30 && id.description == id.text)
        #expect(ConnectionID(id.text) == id)
        #expect(ConnectSessionID(id.text) == nil && APIKeyID(id.text) == nil)
        let prefixes = [
            ConnectionKind.prefix, ConnectSessionKind.prefix, APIKeyKind.prefix, PendingAuthorizationKind.prefix,
            PreflightReportKind.prefix,
        ]
        #expect(prefixes == ["con_", "cs_", "key_", "pa_", "pf_"])
        let digits = String(id.text.dropFirst(4))
        for text in [
            "", "con_", digits, "con_" + digits.dropLast(), "con_\(digits)0", "CON_\(digits)",
            "con_\(digits.uppercased())",
            " con_\(digits)", "con_\(digits)\n", "con_\(digits.dropLast())u", "con_\(digits.dropLast())\u{E9}",
            "con_\(digits.dropLast())/", "xcon_\(digits)",
        ] {
            #expect(ConnectionID(text) == nil)
        }
    }

    @Test func `random identifiers differ`() {
        let ids = Set((0..<1_000).map { _ in ConnectionID(random: SystemRandomSource()) })
        #expect(ids.count == 1_000)
        #expect((0..<40).allSatisfy { SystemRandomSource().bytes($0).count == $0 })
    }

    @Test func `an identifier with a time sorts by it, and differs from the next of the same millisecond`() {
        let moments = [0, 0.001, 1, 1_700_000_000, 1_700_000_000.001, 4_000_000_000].map(
            Date.init(timeIntervalSince1970:))
        let ids = moments.map { LeaseID(at: $0, random: SystemRandomSource()).text }
        #expect(ids == ids.sorted() && Set(ids.map { $0.dropLast(16) }).count == ids.count)
        for id in ids { #expect(LeaseID(id)?.text == id) }
        let same = (0..<1_000).map { _ in LeaseID(at: moments[3], random: SystemRandomSource()) }
        #expect(Set(same).count == same.count)
        #expect(Set(same.map { $0.text.prefix(12) }).count == 1, "neighbours")
        #expect(LeaseID(at: Date(timeIntervalSince1970: -5), random: SystemRandomSource()).text.hasPrefix("ls_0000000"))
    }

    @Test func `a tenant id has 1 to 64 letters, digits and four signs`() {
        for text in ["a", "Z9", "acme-1_b.c:d", String(repeating: "x", count: 64), "default"] {
            #expect(TenantID(text)?.text == text)
        }
        for text in [
            "", String(repeating: "x", count: 65), "a b", "a/b", "a\n", "\u{E9}", "a'b", "a%", "\u{212A}", "a\u{0}",
        ] {
            #expect(TenantID(text) == nil)
        }
        #expect(TenantID("default") == TenantID.default && "\(TenantID.default)" == "default")
        for octet in UInt8(0)..<128 {
            let sign = Character(Unicode.Scalar(octet))
            #expect((TenantID(String(sign)) != nil) == (sign.isLetter || sign.isNumber || "-_.:".contains(sign)))
        }
    }

    @Test func `a scope set ignores order and repetition and is written sorted`() {
        #expect(ScopeSet(parsing: "write read  read ") == ScopeSet(["read", "write"]))
        #expect(ScopeSet(parsing: "write read").text == "read write" && ScopeSet(parsing: " ").isEmpty)
        #expect(ScopeSet(["read", "write"]).isSuperset(of: ScopeSet(["read"])))
        #expect(!ScopeSet(["write"]).isSuperset(of: ScopeSet(["read"])))
        #expect(ScopeSet(["read", "write"]).subtracting(ScopeSet(["read"])) == ScopeSet(["write"]))
        #expect(ScopeSet(["Read"]) != ScopeSet(["read"]))
    }

    @Test func `OA-06 scopes are looked up from the level and never typed`() {
        #expect(PermissionLevel.allCases.map(\.rawValue) == ["read", "read_and_act"])
        #expect(PermissionLevel(name: "read")?.scopes.text == "read")
        #expect(PermissionLevel(name: "read_and_act")?.scopes.text == "read write")
    }

    @Test(arguments: [
        "", "Read", "READ", "read ", " read", "read\n", "read write", "write", "read_and_Act", "read-and-act", "admin",
        "readAndAct", "read\u{0}", "[\"read\"]", "\u{FF52}ead", "rea\u{501}", "read,write",
    ])
    func `OA-06 only the exact names are permission levels`(name: String) {
        #expect(PermissionLevel(name: name) == nil)
    }
}
