#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The PIN of a token, from a file that nobody else reads; without the line's end.
enum TokenPIN {
    /// Longer than any token takes.
    private static let longest = 256

    static func read(_ path: String) throws(RootKeyTokenRefusal) -> SecureBytes {
        guard let file = FileDescriptor(unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)), let status = file.status,
            status.st_mode & S_IFMT == S_IFREG
        else { throw .pinUnreadable }
        guard status.st_uid == geteuid() || status.st_uid == 0, status.st_mode & 0o037 == 0 else {
            throw .pinOpenToOthers
        }
        guard let buffer = try? SecureBytes(zeros: longest), let count = unsafe file.read(into: buffer.mutableBytes)
        else { throw .pinUnreadable }
        let end = unsafe buffer.bytes[..<count].firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        guard end ?? count > 0, let pin = try? SecureBytes(zeros: end ?? count) else { throw .pinUnreadable }
        unsafe pin.mutableBytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.bytes[..<(end ?? count)]))
        return pin
    }
}
