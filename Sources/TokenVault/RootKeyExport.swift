import COpenSSL

/// The root key in a file that a passphrase opens: what goes into the safe.
///
/// Four lines: the version, how the passphrase becomes a key, a salt, and the root key sealed by that key as records are
/// sealed, bound to the lines above. A wrong passphrase and a damaged file end the same way (CR-28): who finds the file
/// learns nothing by trying.
package enum RootKeyExport {
    /// OWASP's first choice for scrypt. 128 MiB and some tenths of a second for each guess.
    private static let header = Array("latchkey-root-key-export-1\nscrypt N=131072 r=8 p=1\n".utf8)
    private static let saltCount = 32
    private static let format: UInt8 = 1
    private static let sealedCount = 1 + SealingEngine.overhead + RootKey.count
    private static let count = header.count + 2 * saltCount + 1 + 2 * sealedCount + 1
    private static let random = RandomBlock()

    /// Writes the key of the source to a file that must not exist; durable when this returns.
    package static func write(_ source: RootKeySource, passphrase: Passphrase, to path: String) throws {
        guard let place = source.path else { throw RootKeyExportRefusal.staysOnToken }
        let key = try RootKeyFile.key(from: place, source.rules)
        var salt = [UInt8](repeating: 0, count: saltCount)
        guard unsafe RAND_bytes(&salt, Int32(saltCount)) == 1, var engine = engine(passphrase, salt) else {
            throw RootKeyExportRefusal.unavailable
        }
        let bytes = unsafe key.bytes
        let sealed = try? unsafe engine.seal(frame(salt), bodyCount: RootKey.count, random: random) { body in
            unsafe body.copyMemory(from: bytes)
        }
        guard let sealed else { throw RootKeyExportRefusal.unavailable }
        let text = header + hexadecimal(salt) + [newline] + hexadecimal(sealed) + [newline]
        try ExclusiveFile.write(text, to: path)
    }

    /// Writes the root key of the file to the source's place, where none may be. Refused when it is not the `expected` one.
    package static func restore(
        from path: String, passphrase: Passphrase, to source: RootKeySource, expecting expected: [UInt8]?
    ) throws -> RootKey {
        guard let place = source.path else { throw RootKeyExportRefusal.staysOnToken }
        let key = try open(try ExclusiveFile.read(path, upTo: count + 1), passphrase)
        guard let rootKey = try? RootKey(key) else { throw RootKeyExportRefusal.unavailable }
        guard expected == nil || expected == rootKey.checkValue else {
            throw RootKeyExportRefusal.anotherKey(
                exported: rootKey.fingerprint, needed: RootKey.fingerprint(expected ?? []))
        }
        return try RootKeyFile.write(key, to: place, source.rules) { _ in }
    }

    private static func open(_ text: [UInt8], _ passphrase: Passphrase) throws(RootKeyExportRefusal) -> SecureBytes {
        guard text.starts(with: header) else { throw .notAnExport }
        let (saltStart, sealedStart) = (header.count, header.count + 2 * saltCount + 1)
        guard text.count == count, text[sealedStart - 1] == newline, text[count - 1] == newline,
            let salt = octets(text[saltStart..<sealedStart - 1]), let sealed = octets(text[sealedStart..<count - 1]),
            sealed.first == format
        else { throw .doesNotOpen }
        guard var engine = engine(passphrase, salt), let key = try? SecureBytes(zeros: RootKey.count) else {
            throw .unavailable
        }
        let target = unsafe key.mutableBytes
        do throws(SealingFailure) {
            try engine.open(sealed, as: frame(salt)) { body in
                unsafe body.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
            }
        } catch { throw error == .refused ? .doesNotOpen : .unavailable }
        return key
    }

    private static func engine(_ passphrase: Passphrase, _ salt: [UInt8]) -> SealingEngine? {
        guard let key = try? SecureBytes(zeros: RootKey.count) else { return nil }
        let words = unsafe passphrase.bytes.bytes
        let derived = unsafe EVP_PBE_scrypt(
            words.baseAddress?.assumingMemoryBound(to: CChar.self), words.count, salt, salt.count, 131_072, 8, 1,
            160 << 20, key.mutableBytes.baseAddress?.assumingMemoryBound(to: UInt8.self), key.count)
        guard derived == 1 else { return nil }
        return try? SealingEngine(key: key)
    }

    private static func frame(_ salt: [UInt8]) -> SealingFrame {
        SealingFrame(label: "latchkey root key export v1", prefix: [format], binding: header + salt)
    }

    private static let newline = UInt8(ascii: "\n")

    private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    private static func octets(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
        let values = digits.compactMap { octet -> UInt8? in
            switch octet {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        guard values.count == digits.count, values.count % 2 == 0 else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}
