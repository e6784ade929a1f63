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
    /// Draws a root key and writes it to a file that must not exist; durable when this returns.
    package static func create(at path: String) throws(RootKeyFileRefusal) -> RootKey {
        let place = RootKeyFilePlace(path)
        let directory = try openDirectory(place.directory)
        guard let bytes = try? SecureBytes.drawn(), let rootKey = try? RootKey(bytes) else { throw .noProtectedMemory }
        let text = try RootKeyFileText.write(rootKey)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        guard let file = FileDescriptor(unsafe openat(directory.number, place.name, flags, 0o600)) else {
            throw errno == EEXIST ? .alreadyExists : .cannotWrite
        }
        // The umask may have taken bits away; nothing may have been added.
        guard fchmod(file.number, 0o600) == 0, unsafe file.write(text.bytes), fsync(file.number) == 0,
            fsync(directory.number) == 0
        else {
            _ = unsafe unlinkat(directory.number, place.name, 0)
            throw .cannotWrite
        }
        return rootKey
    }

    package static func load(from path: String) throws(RootKeyFileRefusal) -> RootKey {
        let place = RootKeyFilePlace(path)
        let directory = try openDirectory(place.directory)
        // Without O_NONBLOCK a named pipe would hold the start for ever.
        let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        guard let file = FileDescriptor(unsafe openat(directory.number, place.name, flags)) else {
            throw refusal(forOpening: errno)
        }
        try checkFile(file)
        // One octet more than fits shows what stands behind the end.
        guard let buffer = try? SecureBytes(zeros: RootKeyFileText.count + 1) else { throw .noProtectedMemory }
        guard let count = unsafe file.read(into: buffer.mutableBytes) else { throw .cannotRead }
        return try unsafe RootKeyFileText.parse(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
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

    private static func openDirectory(_ path: String) throws(RootKeyFileRefusal) -> FileDescriptor {
        guard let directory = FileDescriptor(unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) else {
            throw .directoryMissing
        }
        guard let status = directory.status else { throw .directoryMissing }
        guard status.st_uid == geteuid() || status.st_uid == 0 else { throw .directoryOfAnotherUser }
        guard status.st_mode & 0o022 == 0 else { throw .directoryWritableByOthers }
        return directory
    }

    private static func checkFile(_ file: borrowing FileDescriptor) throws(RootKeyFileRefusal) {
        guard let status = file.status else { throw .cannotRead }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
        guard status.st_uid == geteuid() else { throw .wrongOwner }
        let mode = UInt32(status.st_mode & 0o7777)
        guard mode == 0o600 || mode == 0o400 else { throw .openToOthers(mode: mode) }
    }
}

/// A path, split into the directory to open first and the name to open in it.
private struct RootKeyFilePlace {
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
