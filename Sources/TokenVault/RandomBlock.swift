import COpenSSL
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Salts and nonces, drawn in blocks: one call to libcrypto costs three seals, so a block serves dozens.
///
/// Every octet is handed out once and wiped. A block is thrown away when the process turns out to be another one: after a
/// fork both sides would hold the same octets. Two that were restored from one snapshot cannot know that they are two. So each
/// block has the kernel's octets over libcrypto's, and the time is mixed into what is left of the block that both hold (CR-21).
@safe final class RandomBlock: Sendable {
    private static let blockCount = 4_096

    private let state: Mutex<State>
    private let process: @Sendable () -> Int32
    private let draw: @Sendable (UnsafeMutableRawBufferPointer) -> Bool
    private let moment: @Sendable () -> UInt64

    convenience init() {
        unsafe self.init(process: { getpid() }, draw: RandomBlock.drawFromBoth, moment: { RandomBlock.nanoseconds })
    }

    init(
        process: @escaping @Sendable () -> Int32, draw: @escaping @Sendable (UnsafeMutableRawBufferPointer) -> Bool,
        moment: @escaping @Sendable () -> UInt64
    ) {
        self.process = process
        self.moment = moment
        unsafe self.draw = draw
        state = Mutex(State(count: RandomBlock.blockCount))
    }

    /// Fills both buffers from one draw; false when the generator fails, and then nothing may be sealed.
    func fill(_ first: UnsafeMutableRawBufferPointer, _ second: UnsafeMutableRawBufferPointer) -> Bool {
        state.withLock { state in
            guard unsafe state.prepare(first.count + second.count, process: process(), draw: draw) else { return false }
            let now = moment()
            unsafe state.hand(to: first)
            unsafe state.hand(to: second)
            unsafe RandomBlock.mix(now, into: first)
            unsafe RandomBlock.mix(now, into: second)
            return true
        }
    }

    /// What is random stays so, whatever is added to it that does not depend on it.
    private static func mix(_ now: UInt64, into target: UnsafeMutableRawBufferPointer) {
        let mixed = unsafe target.loadUnaligned(as: UInt64.self) ^ now
        unsafe target.storeBytes(of: mixed, as: UInt64.self)
    }

    /// libcrypto's generator goes on from a state in memory, of which a snapshot keeps a copy; the kernel's does not lie
    /// there. What is made of both is as good as the better one.
    private static func drawFromBoth(_ target: UnsafeMutableRawBufferPointer) -> Bool {
        let octets = unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard unsafe RAND_bytes(octets, Int32(target.count)) == 1 else { return false }
        // More is never given at once.
        return unsafe withUnsafeTemporaryAllocation(byteCount: 256, alignment: 8) { fresh in
            defer { unsafe OPENSSL_cleanse(fresh.baseAddress, fresh.count) }
            for start in stride(from: 0, to: target.count, by: fresh.count) {
                guard unsafe getentropy(fresh.baseAddress, fresh.count) == 0 else { return false }
                for offset in stride(from: 0, to: fresh.count, by: 8) {
                    unsafe mix(
                        fresh.loadUnaligned(fromByteOffset: offset, as: UInt64.self),
                        into: UnsafeMutableRawBufferPointer(rebasing: target[(start + offset)...]))
                }
            }
            return true
        }
    }

    private static var nanoseconds: UInt64 {
        var now = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &now)
        return UInt64(truncatingIfNeeded: now.tv_sec) &* 1_000_000_000 &+ UInt64(truncatingIfNeeded: now.tv_nsec)
    }

    @safe private struct State: ~Copyable, Sendable {
        nonisolated(unsafe) let block: UnsafeMutableRawBufferPointer
        var used: Int
        var owner: Int32 = 0

        init(count: Int) {
            unsafe block = .allocate(byteCount: count, alignment: 1)
            used = count
        }

        mutating func prepare(
            _ count: Int, process: Int32, draw: (UnsafeMutableRawBufferPointer) -> Bool
        ) -> Bool {
            if unsafe owner == process && used + count <= block.count { return true }
            guard unsafe count <= block.count, unsafe draw(block) else { return false }
            owner = process
            used = 0
            return true
        }

        mutating func hand(to target: UnsafeMutableRawBufferPointer) {
            let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: block[used..<used + target.count])
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(piece))
            if let base = piece.baseAddress { unsafe OPENSSL_cleanse(base, piece.count) }
            used += target.count
        }

        deinit {
            if let base = unsafe block.baseAddress { unsafe OPENSSL_cleanse(base, block.count) }
            unsafe block.deallocate()
        }
    }
}
