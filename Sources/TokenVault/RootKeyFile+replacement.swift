#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Replacing the root key in a file: the new one lies beside it, durable, before anything is wrapped with it, and takes the
/// file's name once everything is. At every moment one of the two opens the database (KEY-21, ST-23).
extension RootKeyFile {
    static func nextPath(_ path: String) -> String { path + ".next" }

    /// Draws the new key and writes it beside the file. What an earlier attempt left there must have been cleared away.
    static func prepare(
        beside path: String, _ rules: Rules, reached: (RootKeyStep) -> Void
    ) throws(RootKeyFileRefusal) -> RootKey {
        guard let bytes = try? SecureBytes.drawn() else { throw .noProtectedMemory }
        return try write(bytes, to: nextPath(path), rules, reached: reached)
    }

    /// The key in the file, and the one beside it if there is a whole one. A torn one was never used to wrap anything.
    static func candidates(at path: String, _ rules: Rules) throws(RootKeyFileRefusal) -> [RootKey] {
        let next = try? load(from: nextPath(path), rules)
        do {
            return [try load(from: path, rules)] + (next.map { [$0] } ?? [])
        } catch {
            // The first key of a place that the root key is being moved to.
            guard error == .missing, let next else { throw error }
            return [next]
        }
    }

    /// Gives the new key the file's name if it is the one with this check value. Durable when this returns.
    static func settle(
        at path: String, on checkValue: [UInt8], _ rules: Rules, reached: (RootKeyStep) -> Void
    ) throws(RootKeyFileRefusal) {
        guard let next = try? load(from: nextPath(path), rules), next.checkValue == checkValue else { return }
        let place = RootKeyFilePlace(path)
        let directory = try openDirectory(place.directory)
        let former = openToOverwrite(place, in: directory)
        let renamed = unsafe renameat(
            directory.number, RootKeyFilePlace(nextPath(path)).name, directory.number, place.name)
        guard renamed == 0 else { throw .cannotWrite }
        reached(.renamed)
        guard fsync(directory.number) == 0 else { throw .cannotWrite }
        overwrite(former)
    }

    /// Clears away what nothing is wrapped with.
    static func discardNext(of path: String) throws(RootKeyFileRefusal) {
        try remove(nextPath(path))
    }

    /// Overwrites the file before its name goes. That helps on some file systems and is promised on none.
    static func remove(_ path: String) throws(RootKeyFileRefusal) {
        let place = RootKeyFilePlace(path)
        let directory = try openDirectory(place.directory)
        overwrite(openToOverwrite(place, in: directory))
        guard unsafe unlinkat(directory.number, place.name, 0) == 0 || errno == ENOENT else { throw .cannotWrite }
        guard fsync(directory.number) == 0 else { throw .cannotWrite }
    }

    /// Nil where there is no such file, or one that may only be read.
    private static func openToOverwrite(
        _ place: RootKeyFilePlace, in directory: borrowing FileDescriptor
    ) -> FileDescriptor? {
        FileDescriptor(unsafe openat(directory.number, place.name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK))
    }

    private static func overwrite(_ file: consuming FileDescriptor?) {
        guard let file else { return }
        let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: RootKeyFileText.count)
        _ = unsafe zeros.withUnsafeBytes { unsafe file.write($0) }
        fsync(file.number)
    }
}

/// The moments of a replacement between which a process may die.
package enum RootKeyStep: String, Sendable, CaseIterable {
    /// The new key's file is there and empty; or the token has made the new key.
    case created
    case written
    case synced
    /// The new key will be found by whoever starts next.
    case prepared
    /// Everything is wrapped anew, in memory.
    case rewrapped
    /// The database needs the new key.
    case committed
    /// The new key has the old one's name, for all who look; after a loss of power perhaps not.
    case renamed
    case settled
    /// Moved only: the former place is empty.
    case formerRemoved
}
