import Synchronization

/// The key that wraps data keys and does nothing else. Its bytes lie in the secure heap and cannot be asked for.
package final class RootKey: Sendable {
    static let count = 32

    /// 16 bytes that tell one root key from another and nothing about it: a derivation under its own label, never the
    /// encryption of zeros, which would give away GCM's hash key.
    package let checkValue: [UInt8]
    private let bytes: SecureBytes
    private let engine: Mutex<SealingEngine>

    init(_ bytes: consuming SecureBytes) throws(SealingFailure) {
        guard let checkValue = RootKey.checkValue(of: bytes) else { throw .unavailable }
        engine = Mutex(try SealingEngine(key: bytes))
        self.checkValue = checkValue
        self.bytes = bytes
    }

    func withEngine<Outcome>(
        _ body: (inout SealingEngine) throws(SealingFailure) -> sending Outcome
    ) throws(SealingFailure) -> sending Outcome {
        try engine.withLock { (engine) throws(SealingFailure) -> sending Outcome in try body(&engine) }
    }

    /// Lends the bytes to the one that writes the root key file.
    func exposeBytes<Outcome>(_ body: (UnsafeRawBufferPointer) -> Outcome) -> Outcome {
        unsafe body(bytes.bytes)
    }

    private static func checkValue(of bytes: borrowing SecureBytes) -> [UInt8]? {
        guard let derivation = KeyDerivation(key: bytes),
            let output = try? SecureBytes(zeros: KeyDerivation.outputCount)
        else { return nil }
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
