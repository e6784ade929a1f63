#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Bytes that must not be printed: a token, a code, a verifier, a client secret.
///
/// Copyable and sendable; description, debug description and mirror are redacted, and it is neither `Codable` nor
/// `Hashable`, so that no encoder, log or template can walk into it. The only ways out are the two methods whose names
/// begin with `expose`. The bytes are overwritten when the last copy goes. Strings made from them are not: Swift gives no
/// way to wipe those, so expose late and briefly.
package struct Secret: Sendable {
    private let storage: SecretStorage

    package init(_ bytes: some Collection<UInt8>) {
        storage = SecretStorage(copying: bytes)
    }

    package init(_ text: String) {
        storage = SecretStorage(copying: text.utf8)
    }

    /// Copies the bytes of a span, for callers that hold them outside any Swift collection.
    package init(copying span: RawSpan) {
        storage = SecretStorage(copying: span)
    }

    package var count: Int { storage.count }
    package var isEmpty: Bool { storage.count == 0 }

    /// Lends the bytes for the length of the call.
    package func exposeBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.withSpan(body)
    }

    /// Returns the bytes as text, with invalid UTF-8 repaired. The copy is not wiped.
    package func exposeText() -> String {
        exposeBytes { span in
            unsafe span.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Compares in time that depends on the lengths only.
    package func equalsInConstantTime(_ other: Secret) -> Bool {
        exposeBytes { mine in
            other.exposeBytes { theirs in ConstantTime.equal(mine, theirs) }
        }
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "[secret]" }
    package var debugDescription: String { "[secret]" }
    package var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}

@safe private final class SecretStorage: Sendable {
    private nonisolated(unsafe) let buffer: UnsafeMutableRawBufferPointer

    var count: Int { unsafe buffer.count }

    init(copying bytes: some Collection<UInt8>) {
        let count = bytes.count
        unsafe buffer = .allocate(byteCount: count, alignment: 1)
        unsafe buffer.copyBytes(from: bytes)
    }

    init(copying span: RawSpan) {
        unsafe buffer = .allocate(byteCount: span.byteCount, alignment: 1)
        unsafe span.withUnsafeBytes { source in
            unsafe buffer.copyMemory(from: source)
        }
    }

    func withSpan<Result, Failure: Error>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result {
        let bytes = unsafe UnsafeRawBufferPointer(buffer)
        return try unsafe body(bytes.bytes)
    }

    deinit {
        if let base = unsafe buffer.baseAddress {
            // Not a plain loop: the compiler may drop stores to memory that is freed next.
            unsafe explicit_bzero(base, buffer.count)
        }
        unsafe buffer.deallocate()
    }
}
