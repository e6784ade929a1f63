#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Held by the one process that replaces the root key. The system frees it when the process ends, however it ends.
package final class RootKeyLock: Sendable {
    private let descriptor: Int32

    /// Nil while another process, or another task of this one, holds it. Throws `RootKeyFileRefusal.cannotWrite`.
    package init?(at path: String) throws(RootKeyFileRefusal) {
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotWrite }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }
}
