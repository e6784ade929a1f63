import Synchronization

/// The key that wraps data keys and audit keys and does nothing else.
///
/// Its bytes cannot be asked for: they lie once, in the secure heap or on a token.
package final class RootKey: Sendable {
    static let count = 32

    /// 16 bytes that tell one root key from another and nothing about it: a derivation under its own label, never the
    /// encryption of zeros, which would give away GCM's hash key.
    package let checkValue: [UInt8]
    private let engine: Mutex<SealingEngine>

    convenience init(_ bytes: borrowing SecureBytes) throws(SealingFailure) {
        guard let copy = unsafe try? SecureBytes(copying: bytes.bytes.bytes) else { throw .unavailable }
        try self.init(.secured(copy))
    }

    convenience init(_ key: TokenKey) throws(SealingFailure) {
        try self.init(.token(key))
    }

    private init(_ derivation: consuming sending DerivationPlace) throws(SealingFailure) {
        guard let checkValue = RootKey.checkValue(derivation) else { throw .unavailable }
        engine = Mutex(try SealingEngine(derivation))
        self.checkValue = checkValue
    }

    /// The check value as people compare it.
    package var fingerprint: String { RootKey.fingerprint(checkValue) }

    package static func fingerprint(_ checkValue: [UInt8]) -> String {
        checkValue.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    func withEngine<Outcome>(
        _ body: (inout SealingEngine) throws(SealingFailure) -> sending Outcome
    ) throws(SealingFailure) -> sending Outcome {
        try engine.withLock { (engine) throws(SealingFailure) -> sending Outcome in try body(&engine) }
    }

    private static func checkValue(_ derivation: borrowing DerivationPlace) -> [UInt8]? {
        guard let output = try? SecureBytes(zeros: KeyDerivation.outputCount) else { return nil }
        // SP 800-108r1, 4.1, with an empty context.
        let message: [UInt8] = [0, 0, 0, 1] + Array("latchkey root key check v1".utf8) + [0, 0, 0, 2, 0]
        guard unsafe derivation.derive(from: message.span.bytes, into: output.mutableBytes) else { return nil }
        return unsafe Array(output.bytes[..<16])
    }
}

extension RootKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "[root key]" }
    package var customMirror: Mirror { Mirror(self, children: [], displayStyle: .class) }
}
