import COpenSSL
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Salts and nonces, drawn from libcrypto in blocks: one call costs three seals, so a block serves dozens.
///
/// Every octet is handed out once and wiped. A block is thrown away when the process turns out to be another one: after a
/// fork both sides would hold the same octets.
@safe final class RandomBlock: Sendable {
    private static let blockCount = 4_096

    private let state: Mutex<State>
    private let process: @Sendable () -> Int32
    private let draw: @Sendable (UnsafeMutableRawBufferPointer) -> Bool

    convenience init() {
        unsafe self.init(process: { getpid() }, draw: RandomBlock.drawFromLibcrypto)
    }

    init(
        process: @escaping @Sendable () -> Int32, draw: @escaping @Sendable (UnsafeMutableRawBufferPointer) -> Bool
    ) {
        self.process = process
        unsafe self.draw = draw
        state = Mutex(State(count: RandomBlock.blockCount))
    }

    /// Fills both buffers from one draw; false when the generator fails, and then nothing may be sealed.
    func fill(_ first: UnsafeMutableRawBufferPointer, _ second: UnsafeMutableRawBufferPointer) -> Bool {
        state.withLock { state in
            guard unsafe state.prepare(first.count + second.count, process: process(), draw: draw) else { return false }
            unsafe state.hand(to: first)
            unsafe state.hand(to: second)
            return true
        }
    }

    private static func drawFromLibcrypto(_ target: UnsafeMutableRawBufferPointer) -> Bool {
        let octets = unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        return unsafe RAND_bytes(octets, Int32(target.count)) == 1
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
