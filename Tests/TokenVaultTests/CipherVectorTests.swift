import Crypto
import Foundation
import Testing

@testable import TokenVault

@Suite struct `Cipher vectors` {
    @Test func `CR-01 libcrypto agrees with the 316 Wycheproof AES-GCM vectors`() throws {
        guard let vectors = try Vectors.wycheproof("aes_gcm") else { return }
        var count = 0
        for group in vectors.testGroups {
            for test in group.tests {
                count += 1
                let agreed = Self.agrees(test, production: group.keySize == 256 && group.ivSize == 96)
                #expect(agreed, "tcId \(test.tcId)")
            }
        }
        #expect(count == 316)
    }

    private static func agrees(_ test: Wycheproof.Case, production: Bool) -> Bool {
        let key = hex(test.key ?? ""), nonce = hex(test.iv ?? ""), aad = hex(test.aad ?? "")
        let plain = hex(test.msg ?? ""), ciphertext = hex(test.ct ?? ""), tag = hex(test.tag ?? "")
        let valid = test.result == "valid"
        guard production else {
            let opened = LibcryptoAtLarge.open(key: key, nonce: nonce, aad: aad, ciphertext: ciphertext, tag: tag)
            // libcrypto takes nonces up to 128 octets; the three vectors beyond are refused, not answered wrongly.
            if nonce.count > 128 { return opened == nil }
            return valid ? opened?.genuine == true && opened?.plain == plain : opened?.genuine != true
        }
        let opened = ProductionCipher.open(key: key, nonce: nonce, aad: aad, ciphertext: ciphertext, tag: tag)
        guard valid else { return !opened.genuine && opened.plain.allSatisfy { $0 == 0 } }
        let sealed = ProductionCipher.seal(key: key, nonce: nonce, aad: aad, plain: plain)
        return opened.genuine && opened.plain == plain && sealed?.ciphertext == ciphertext && sealed?.tag == tag
    }

    @Test func `CR-01 the production cipher agrees with the 2,625 CAVP encryptions`() {
        guard let cases = Vectors.cavp("nist_cavp_gcmEncryptExtIV256_iv96.rsp") else { return }
        for test in cases {
            let sealed = ProductionCipher.seal(
                key: hex(test["Key"] ?? ""), nonce: hex(test["IV"] ?? ""), aad: hex(test["AAD"] ?? ""),
                plain: hex(test["PT"] ?? ""))
            let tag = hex(test["Tag"] ?? "")
            // A shorter tag is the beginning of the full one.
            #expect(sealed?.ciphertext == hex(test["CT"] ?? "") && sealed.map { Array($0.tag[..<tag.count]) } == tag)
        }
        #expect(cases.count == 2_625)
    }

    @Test func `CR-04 the 1,317 CAVP forgeries are refused and leave zeros`() {
        guard let cases = Vectors.cavp("nist_cavp_gcmDecrypt256_iv96.rsp") else { return }
        var forgeries = 0
        for test in cases {
            let key = hex(test["Key"] ?? ""), nonce = hex(test["IV"] ?? ""), aad = hex(test["AAD"] ?? "")
            let ciphertext = hex(test["CT"] ?? ""), tag = hex(test["Tag"] ?? "")
            let forged = test["FAIL"] != nil
            forgeries += forged ? 1 : 0
            let opened = ProductionCipher.open(key: key, nonce: nonce, aad: aad, ciphertext: ciphertext, tag: tag)
            if tag.count == 16 {
                #expect(opened.genuine == !forged && (forged || opened.plain == hex(test["PT"] ?? "")))
            } else {
                #expect(!opened.genuine, "a short tag must not be accepted at all")
                let large = LibcryptoAtLarge.open(key: key, nonce: nonce, aad: aad, ciphertext: ciphertext, tag: tag)
                #expect(large?.genuine == !forged)
            }
            if !opened.genuine && tag.count == 16 { #expect(opened.plain.allSatisfy { $0 == 0 }) }
        }
        #expect(cases.count == 2_625 && forgeries == 1_317)
    }

    @Test func `CR-02 the independent library agrees with the vectors it takes`() throws {
        guard let vectors = try Vectors.wycheproof("aes_gcm"),
            let cases = Vectors.cavp("nist_cavp_gcmDecrypt256_iv96.rsp")
        else { return }
        var count = 0
        for group in vectors.testGroups where (group.ivSize ?? 0) >= 96 {
            for test in group.tests {
                count += 1
                let opened = Self.independentOpen(
                    test.key ?? "", test.iv ?? "", test.aad ?? "", test.ct ?? "", test.tag ?? "")
                #expect((opened == hex(test.msg ?? "")) == (test.result == "valid"), "tcId \(test.tcId)")
            }
        }
        for test in cases where test["Taglen"] == "128" {
            count += 1
            let opened = Self.independentOpen(
                test["Key"] ?? "", test["IV"] ?? "", test["AAD"] ?? "", test["CT"] ?? "", test["Tag"] ?? "")
            #expect((opened != nil) == (test["FAIL"] == nil))
        }
        #expect(count > 500)
    }

    private static func independentOpen(
        _ key: String, _ nonce: String, _ aad: String, _ text: String, _ tag: String
    ) -> [UInt8]? {
        guard let nonce = try? AES.GCM.Nonce(data: hex(nonce)),
            let box = try? AES.GCM.SealedBox(nonce: nonce, ciphertext: hex(text), tag: hex(tag)),
            let plain = try? AES.GCM.open(box, using: SymmetricKey(data: hex(key)), authenticating: hex(aad))
        else { return nil }
        return Array(plain)
    }

    @Test func `CR-03 the SHA-256 of nothing and the proof key of RFC 7636 are exact`() {
        #expect(
            hex(SHA256.hash(data: [UInt8]())) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        let challenge = Data(SHA256.hash(data: Array(verifier.utf8))).base64EncodedString()
        let url = challenge.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        #expect(url == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test(arguments: [(31, 12, 16), (0, 12, 16), (32, 11, 16), (32, 16, 16), (32, 12, 15), (32, 12, 4), (33, 12, 16)])
    func `CR-05 other sizes of key, nonce and tag are refused`(key: Int, nonce: Int, tag: Int) {
        let zeros = { (count: Int) in [UInt8](repeating: 0, count: count) }
        let opened = ProductionCipher.open(
            key: zeros(key), nonce: zeros(nonce), aad: [], ciphertext: [], tag: zeros(tag))
        #expect(!opened.genuine)
        if tag == 16 {
            #expect(ProductionCipher.seal(key: zeros(key), nonce: zeros(nonce), aad: [], plain: []) == nil)
        }
    }
}
