#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that is written once, whole and for nobody else's eyes.
enum ExclusiveFile {
    static func write(_ text: [UInt8], to path: String) throws(RootKeyExportRefusal) {
        let place = RootKeyFilePlace(path)
        guard let directory = FileDescriptor(unsafe open(place.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) else {
            throw .cannotWrite
        }
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        guard let file = FileDescriptor(unsafe openat(directory.number, place.name, flags, 0o600)) else {
            throw errno == EEXIST ? .alreadyExists : .cannotWrite
        }
        let isWritten = unsafe text.withUnsafeBytes { unsafe file.write($0) }
        guard isWritten, fsync(file.number) == 0, fsync(directory.number) == 0 else {
            _ = unsafe unlinkat(directory.number, place.name, 0)
            throw .cannotWrite
        }
    }

    static func read(_ path: String, upTo limit: Int) throws(RootKeyExportRefusal) -> [UInt8] {
        guard let file = FileDescriptor(unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) else { throw .cannotRead }
        var text = [UInt8](repeating: 0, count: limit)
        guard let count = unsafe text.withUnsafeMutableBytes({ unsafe file.read(into: $0) }) else { throw .cannotRead }
        return Array(text.prefix(count))
    }
}
