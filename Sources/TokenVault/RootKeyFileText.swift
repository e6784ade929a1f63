import COpenSSL

/// What a root key file holds: three lines, the version, the key and its check value, both in lower-case hexadecimal.
///
/// Text, so that it survives a terminal and a sheet of paper; the check value names a slip of the hand as what it is. Read
/// and written inside the secure heap, digit by digit without a table, so that no digit depends on memory timing.
enum RootKeyFileText {
    static let header = Array("latchkey-root-key-1\n".utf8)
    private static let family = Array("latchkey-root-key-".utf8)
    private static let keyDigits = 2 * RootKey.count
    private static let checkDigits = 32
    static let count = header.count + keyDigits + 1 + checkDigits + 1

    static func parse(_ text: UnsafeRawBufferPointer) throws(RootKeyFileRefusal) -> RootKey {
        let key = try unsafe key(in: text)
        guard let rootKey = try? RootKey(key) else { throw .noProtectedMemory }
        return rootKey
    }

    /// The key itself, once everything around it is right.
    static func key(in text: UnsafeRawBufferPointer) throws(RootKeyFileRefusal) -> SecureBytes {
        guard text.count > 0 else { throw .empty }
        guard unsafe text.starts(with: header) else {
            throw unsafe text.starts(with: family) ? .unsupportedVersion : .notARootKeyFile
        }
        let body = unsafe UnsafeRawBufferPointer(rebasing: text[header.count...])
        guard let end = unsafe body.firstIndex(of: UInt8(ascii: "\n")) else { throw .wrongLength }
        guard unsafe body[..<end].allSatisfy({ digit($0) != nil }) else { throw .notARootKeyFile }
        guard end == keyDigits, text.count == count else { throw .wrongLength }
        let key = try unsafe decode(UnsafeRawBufferPointer(rebasing: body[..<end]))
        guard !key.isAllZeros else { throw .allZeros }
        guard let rootKey = try? RootKey(key) else { throw .noProtectedMemory }
        let check = unsafe Array(body[(end + 1)...])
        guard check == hexadecimal(rootKey.checkValue) + [UInt8(ascii: "\n")] else { throw .damaged }
        return key
    }

    static func write(_ key: borrowing SecureBytes, checkValue: [UInt8]) throws(RootKeyFileRefusal) -> SecureBytes {
        guard let text = try? SecureBytes(zeros: count) else { throw .noProtectedMemory }
        let (source, target) = unsafe (key.bytes, text.mutableBytes)
        unsafe target.copyBytes(from: header)
        for offset in source.indices {
            unsafe target[header.count + 2 * offset] = character(source[offset] >> 4)
            unsafe target[header.count + 2 * offset + 1] = character(source[offset] & 15)
        }
        let tail = [UInt8(ascii: "\n")] + hexadecimal(checkValue) + [UInt8(ascii: "\n")]
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[(header.count + keyDigits)...]).copyBytes(from: tail)
        return text
    }

    private static func decode(_ digits: UnsafeRawBufferPointer) throws(RootKeyFileRefusal) -> SecureBytes {
        guard let key = try? SecureBytes(zeros: digits.count / 2) else { throw .noProtectedMemory }
        for offset in 0..<key.count {
            guard let high = unsafe digit(digits[2 * offset]), let low = unsafe digit(digits[2 * offset + 1]) else {
                throw .notARootKeyFile
            }
            unsafe key.mutableBytes[offset] = high << 4 | low
        }
        return key
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { [character($0 >> 4), character($0 & 15)] }
    }

    private static func character(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    private static func digit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
