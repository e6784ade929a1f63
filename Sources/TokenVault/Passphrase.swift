import COpenSSL
#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A passphrase in the secure heap, from a file or from a terminal; never from an argument or the environment.
package final class Passphrase: Sendable {
    package static let shortest = 12
    private static let longest = 1024

    let bytes: SecureBytes

    private init(_ bytes: consuming SecureBytes) {
        self.bytes = bytes
    }

    /// The first line of a file that nobody else reads.
    package convenience init(file path: String) throws(RootKeyExportRefusal) {
        guard let file = FileDescriptor(unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)), let status = file.status,
            status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() || status.st_uid == 0,
            status.st_mode & 0o037 == 0
        else { throw .passphraseUnreadable }
        try self.init(line: try Self.line(of: file))
    }

    /// Asks at the terminal of this process, which shows nothing of it.
    package convenience init(asking question: String) throws(RootKeyExportRefusal) {
        guard let terminal = FileDescriptor(unsafe open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) else {
            throw .noTerminal
        }
        guard SilentTerminal.begin(terminal.number) else { throw .noTerminal }
        defer {
            SilentTerminal.end()
            _ = unsafe Array("\n".utf8).withUnsafeBytes { unsafe terminal.write($0) }
        }
        _ = unsafe Array(question.utf8).withUnsafeBytes { unsafe terminal.write($0) }
        try self.init(line: try Self.line(of: terminal))
    }

    package func equals(_ other: Passphrase) -> Bool {
        unsafe bytes.count == other.bytes.count
            && CRYPTO_memcmp(bytes.bytes.baseAddress, other.bytes.bytes.baseAddress, bytes.count) == 0
    }

    private convenience init(line: borrowing SecureBytes) throws(RootKeyExportRefusal) {
        let end = unsafe line.bytes.firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") || $0 == 0 }
        let count = end ?? line.count
        guard count >= Self.shortest else { throw .passphraseTooShort }
        guard let bytes = try? SecureBytes(zeros: count) else { throw .unavailable }
        unsafe bytes.mutableBytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: line.bytes[..<count]))
        self.init(bytes)
    }

    /// Octet by octet, so that a terminal's line ends it.
    private static func line(of file: borrowing FileDescriptor) throws(RootKeyExportRefusal) -> SecureBytes {
        guard let line = try? SecureBytes(zeros: longest) else { throw .unavailable }
        for offset in 0..<longest - 1 {
            let place = unsafe UnsafeMutableRawBufferPointer(rebasing: line.mutableBytes[offset...offset])
            guard let count = unsafe file.read(into: place) else { throw .passphraseUnreadable }
            if unsafe count == 0 || place[0] == UInt8(ascii: "\n") { break }
        }
        return line
    }
}
