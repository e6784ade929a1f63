#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads and creates the file that the root key lives in.
///
/// Everything is checked on what was opened, never on the path a second time: a file exchanged between check and read would
/// pass. The loss of this file alone is the loss of every sealed record.
package enum RootKeyFile {
    /// Who may own and read the file.
    enum Rules {
        /// The gateway's user, and nobody else reads it.
        case own
        /// As a service manager hands out credentials: root may own it, and the mode shows the user's access list as the
        /// group's.
        case credential
    }

    /// Draws a root key and writes it to a file that must not exist; durable when this returns.
    package static func create(at path: String) throws(RootKeyFileRefusal) -> RootKey {
        try create(at: path, .own)
    }

    static func create(at path: String, _ rules: Rules) throws(RootKeyFileRefusal) -> RootKey {
        guard let bytes = try? SecureBytes.drawn() else { throw .noProtectedMemory }
        return try write(bytes, to: path, rules) { _ in }
    }

    package static func load(from path: String) throws(RootKeyFileRefusal) -> RootKey {
        try load(from: path, .own)
    }

    static func load(from path: String, _ rules: Rules) throws(RootKeyFileRefusal) -> RootKey {
        let text = try read(path, rules)
        return try unsafe RootKeyFileText.parse(text.bytes)
    }

    /// For the one that exports it.
    static func key(from path: String, _ rules: Rules) throws(RootKeyFileRefusal) -> SecureBytes {
        let text = try read(path, rules)
        return try unsafe RootKeyFileText.key(in: text.bytes)
    }

    /// Writes to a file that must not exist; durable when this returns.
    static func write(
        _ key: borrowing SecureBytes, to path: String, _ rules: Rules, reached: (RootKeyStep) -> Void
    ) throws(RootKeyFileRefusal) -> RootKey {
        guard let rootKey = try? RootKey(key) else { throw .noProtectedMemory }
        let text = try RootKeyFileText.write(key, checkValue: rootKey.checkValue)
        let place = RootKeyFilePlace(path)
        let directory = try openDirectory(place.directory)
        try checkReaders(of: directory, rules)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        guard let file = FileDescriptor(unsafe openat(directory.number, place.name, flags, 0o600)) else {
            throw errno == EEXIST ? .alreadyExists : .cannotWrite
        }
        reached(.created)
        do {
            try unsafe fill(file, text.bytes, in: directory, reached: reached)
        } catch {
            _ = unsafe unlinkat(directory.number, place.name, 0)
            throw error
        }
        return rootKey
    }

    private static func fill(
        _ file: borrowing FileDescriptor, _ text: UnsafeRawBufferPointer, in directory: borrowing FileDescriptor,
        reached: (RootKeyStep) -> Void
    ) throws(RootKeyFileRefusal) {
        // The umask may have taken bits away; nothing may have been added.
        guard unsafe fchmod(file.number, 0o600) == 0 && file.write(text) else { throw .cannotWrite }
        reached(.written)
        guard fsync(file.number) == 0 else { throw .cannotWrite }
        reached(.synced)
        guard fsync(directory.number) == 0 else { throw .cannotWrite }
        reached(.prepared)
    }

    private static func read(_ path: String, _ rules: Rules) throws(RootKeyFileRefusal) -> SecureBytes {
        let place = RootKeyFilePlace(path)
        let directory = try openDirectory(place.directory)
        // Without O_NONBLOCK a named pipe would hold the start for ever.
        let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        guard let file = FileDescriptor(unsafe openat(directory.number, place.name, flags)) else {
            throw refusal(forOpening: errno)
        }
        try checkFile(file, rules)
        try checkReaders(of: directory, rules)
        // One octet more than fits shows what stands behind the end.
        guard let buffer = try? SecureBytes(zeros: RootKeyFileText.count + 1) else { throw .noProtectedMemory }
        guard let count = unsafe file.read(into: buffer.mutableBytes) else { throw .cannotRead }
        return try exactly(count, of: buffer)
    }

    private static func exactly(_ count: Int, of buffer: borrowing SecureBytes) throws(RootKeyFileRefusal)
        -> SecureBytes
    {
        guard count > 0 else { throw .empty }
        guard let text = try? SecureBytes(zeros: count) else { throw .noProtectedMemory }
        unsafe text.mutableBytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
        return text
    }

    private static func refusal(forOpening code: Int32) -> RootKeyFileRefusal {
        switch code {
        case ENOENT, ENOTDIR: .missing
        case ELOOP, EMLINK: .symbolicLink
        case ENXIO, EISDIR: .notRegular
        case EACCES, EPERM: .wrongOwner
        default: .cannotRead
        }
    }

    static func openDirectory(_ path: String) throws(RootKeyFileRefusal) -> FileDescriptor {
        guard let directory = FileDescriptor(unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) else {
            throw .directoryMissing
        }
        guard let status = directory.status else { throw .directoryMissing }
        guard status.st_uid == geteuid() || status.st_uid == 0 else { throw .directoryOfAnotherUser }
        guard status.st_mode & 0o022 == 0 else { throw .directoryWritableByOthers }
        return directory
    }

    /// A directory of the gateway's own is nobody else's to look into. One of root's has to be readable by the gateway.
    private static func checkReaders(
        of directory: borrowing FileDescriptor, _ rules: Rules
    ) throws(RootKeyFileRefusal) {
        guard case .own = rules, let status = directory.status, status.st_uid == geteuid() else { return }
        guard status.st_mode & 0o044 == 0 else { throw .directoryReadableByOthers }
    }

    private static func checkFile(_ file: borrowing FileDescriptor, _ rules: Rules) throws(RootKeyFileRefusal) {
        guard let status = file.status else { throw .cannotRead }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
        let mode = UInt32(status.st_mode & 0o7777)
        switch rules {
        case .own:
            guard status.st_uid == geteuid() else { throw .wrongOwner }
            guard mode == 0o600 || mode == 0o400 else { throw .openToOthers(mode: mode) }
        case .credential:
            guard status.st_uid == geteuid() || status.st_uid == 0 else { throw .wrongOwner }
            let others: UInt32 = status.st_uid == 0 ? 0o7137 : 0o7177
            guard mode & others == 0 else { throw .openToOthers(mode: mode) }
        }
    }
}

/// A path, split into the directory to open first and the name to open in it.
struct RootKeyFilePlace {
    let directory: String
    let name: String

    init(_ path: String) {
        guard let slash = path.lastIndex(of: "/") else {
            directory = "."
            name = path
            return
        }
        directory = slash == path.startIndex ? "/" : String(path[..<slash])
        name = String(path[path.index(after: slash)...])
    }
}
