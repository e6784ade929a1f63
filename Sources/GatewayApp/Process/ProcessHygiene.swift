import CLinux
import GatewayCore
#if canImport(Glibc)
    import Glibc
#endif
package import Logging
package import TokenVault

/// What the process does for its own safety, before it reads a single secret.
package struct ProcessHygiene: Sendable {
    package let secureHeap: SecureHeapState
    package let coreDumpsOff: Bool
    package let dumpable: Bool

    /// Safe to call more than once. Refuses to go on where keys could reach swap (CR-33).
    @discardableResult
    package static func apply() throws(SecureHeapError) -> ProcessHygiene {
        // Files made from here on are ours alone, whatever they are.
        umask(0o077)
        // A system-call filter may forbid the limit; the service manager then sets it itself (LimitCORE=0).
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        let coreDumpsOff = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0
        // Keeps other processes of the same user from attaching and from reading our memory (CR-32).
        _ = latchkey_set_dumpable(0)
        let secureHeap = try SecureHeap.start()
        guard mayHoldKeys(secureHeap, swap: Swap.table()) else { throw .swappable }
        return ProcessHygiene(
            secureHeap: secureHeap, coreDumpsOff: coreDumpsOff, dumpable: latchkey_get_dumpable() != 0)
    }

    /// Pages that are not locked are good enough where there is no swap to go to.
    package static func mayHoldKeys(_ heap: SecureHeapState, swap table: String?) -> Bool {
        heap == .locked || !Swap.isPossible(by: table)
    }

    package func report(to logger: Logger) {
        logger.info(
            "process hardened",
            metadata: [
                "secure_heap": "\(secureHeap == .locked ? "locked" : "not locked")",
                "core_dumps": "\(coreDumpsOff ? "off" : "left to the system")", "dumpable": "\(dumpable)",
            ])
        if dumpable {
            logger.warning("The system does not keep other processes of this user from reading this one's memory.")
        }
        if secureHeap == .notLocked {
            logger.warning(
                "The memory for keys could not be locked. There is no swap now; allow at least 1 MiB of locked memory all the same."
            )
        }
    }
}
