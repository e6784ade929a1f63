import COpenSSL
import Crypto
import Foundation
import GatewayCore
import Testing

@testable import TokenVault

@Suite struct `Derivation vectors` {
    @Test(arguments: ["SHA256", "SHA384", "SHA512"])
    func `CR-01 libcrypto and swift-crypto agree with Wycheproof's HMAC vectors`(digest: String) throws {
        guard let vectors = try Vectors.wycheproof("hmac_\(digest.lowercased())") else { return }
        var count = 0
        for group in vectors.testGroups {
            for test in group.tests {
                count += 1
                let key = hex(test.key ?? ""), message = hex(test.msg ?? ""), tag = hex(test.tag ?? "")
                let valid = test.result == "valid"
                let system = LibcryptoAtLarge.hmac(digest, key: key, message: message)
                #expect((system.map { Array($0[..<tag.count]) } == tag) == valid, "tcId \(test.tcId)")
                let independent = Self.independent(digest, key: key, message: message)
                #expect((Array(independent[..<tag.count]) == tag) == valid, "tcId \(test.tcId)")
                if digest == "SHA512" && key.count == 32 {
                    #expect(
                        (Self.production(key: key, message: message).map { Array($0[..<tag.count]) } == tag) == valid)
                }
            }
        }
        #expect(count == 174)
    }

    private static func independent(_ digest: String, key: [UInt8], message: [UInt8]) -> [UInt8] {
        let key = SymmetricKey(data: key)
        return switch digest {
        case "SHA256": Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
        case "SHA384": Array(HMAC<SHA384>.authenticationCode(for: message, using: key))
        default: Array(HMAC<SHA512>.authenticationCode(for: message, using: key))
        }
    }

    private static func production(key: [UInt8], message: [UInt8]) -> [UInt8]? {
        guard let key = try? unsafe SecureBytes(copying: key.span.bytes), let derivation = KeyDerivation(key: key)
        else { return nil }
        var output = [UInt8](repeating: 0, count: 64)
        // Twice, for the second must start again from the padded-key digests.
        for _ in 0..<2 {
            let done = unsafe output.withUnsafeMutableBytes {
                unsafe derivation.derive(from: message.span.bytes, into: $0)
            }
            guard done else { return nil }
        }
        return output
    }

    @Test(arguments: ["SHA256", "SHA384", "SHA512"])
    func `CR-01 libcrypto and swift-crypto agree with Wycheproof's HKDF vectors`(digest: String) throws {
        guard let vectors = try Vectors.wycheproof("hkdf_\(digest.lowercased())") else { return }
        var count = 0
        for test in vectors.testGroups.flatMap(\.tests) {
            count += 1
            let size = test.size ?? 0, okm = hex(test.okm ?? "")
            var ikm = hex(test.ikm ?? ""), salt = hex(test.salt ?? ""), info = hex(test.info ?? "")
            let system = Self.hkdf(digest, &ikm, &salt, &info, size)
            #expect(test.result == "valid" ? system == okm : system == nil, "tcId \(test.tcId)")
            guard test.result == "valid" else { continue }
            #expect(Self.independentHKDF(digest, ikm, salt, info, size) == okm, "tcId \(test.tcId)")
        }
        #expect(count == (digest == "SHA256" ? 86 : 83))
    }

    private static func hkdf(
        _ digest: String, _ ikm: inout [UInt8], _ salt: inout [UInt8], _ info: inout [UInt8], _ size: Int
    ) -> [UInt8]? {
        var name = Array(digest.utf8CString)
        return unsafe name.withUnsafeMutableBufferPointer { name in
            unsafe ikm.withUnsafeMutableBytes { ikm in
                unsafe salt.withUnsafeMutableBytes { salt in
                    unsafe info.withUnsafeMutableBytes { info in
                        guard let name = name.baseAddress else { return nil }
                        return unsafe LibcryptoAtLarge.kdf(
                            "HKDF",
                            [
                                LibcryptoAtLarge.text("digest", name),
                                LibcryptoAtLarge.octets("key", ikm),
                                LibcryptoAtLarge.octets("salt", salt),
                                LibcryptoAtLarge.octets("info", info),
                            ], count: size)
                    }
                }
            }
        }
    }

    private static func independentHKDF(
        _ digest: String, _ ikm: [UInt8], _ salt: [UInt8], _ info: [UInt8], _ size: Int
    ) -> [UInt8] {
        let key = SymmetricKey(data: ikm)
        let output =
            switch digest {
            case "SHA256":
                HKDF<SHA256>.deriveKey(inputKeyMaterial: key, salt: salt, info: info, outputByteCount: size)
            case "SHA384":
                HKDF<SHA384>.deriveKey(inputKeyMaterial: key, salt: salt, info: info, outputByteCount: size)
            default: HKDF<SHA512>.deriveKey(inputKeyMaterial: key, salt: salt, info: info, outputByteCount: size)
            }
        return unsafe output.withUnsafeBytes { unsafe Array($0) }
    }

    @Test func `CR-02 one derivation is what the system's SP 800-108 gives`() throws {
        for round in 0..<200 {
            let key = SystemRandomSource().bytes(32), salt = SystemRandomSource().bytes(32)
            let binding = [UInt8](repeating: UInt8(round), count: round)
            let message = [0, 0, 0, 1] + Array("latchkey record v1".utf8) + [0] + salt + binding + [0, 0, 2, 0]
            let system = Self.kbkdf(key, label: Array("latchkey record v1".utf8), context: salt + binding)
            #expect(Self.production(key: key, message: message) == system && system != nil)
        }
    }

    private static func kbkdf(_ key: [UInt8], label: [UInt8], context: [UInt8]) -> [UInt8]? {
        var digest = Array("SHA512".utf8CString), mac = Array("HMAC".utf8CString), mode = Array("COUNTER".utf8CString)
        var key = key, label = label, context = context
        return unsafe digest.withUnsafeMutableBufferPointer { digest in
            unsafe mac.withUnsafeMutableBufferPointer { mac in
                unsafe mode.withUnsafeMutableBufferPointer { mode in
                    unsafe key.withUnsafeMutableBytes { key in
                        unsafe label.withUnsafeMutableBytes { label in
                            unsafe context.withUnsafeMutableBytes { context in
                                guard let digest = digest.baseAddress, let mac = mac.baseAddress,
                                    let mode = mode.baseAddress
                                else { return nil }
                                return unsafe LibcryptoAtLarge.kdf(
                                    "KBKDF",
                                    [
                                        LibcryptoAtLarge.text("digest", digest), LibcryptoAtLarge.text("mac", mac),
                                        LibcryptoAtLarge.text("mode", mode),
                                        LibcryptoAtLarge.octets("key", key),
                                        LibcryptoAtLarge.octets("salt", label),
                                        LibcryptoAtLarge.octets("info", context),
                                    ], count: 64)
                            }
                        }
                    }
                }
            }
        }
    }
}
