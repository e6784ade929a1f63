import COpenSSL
import Foundation
import GatewayCore
import Testing

@testable import TokenVault

/// What Swift promises about bytes that are to be gone, what it does not, and that the sources rely on the former alone.
@Suite struct `Memory rules` {
    private static let canary: [UInt8] = (0..<64).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }

    @Test func `CR-35 a key's octets are gone from the arena once their one owner has let go`() throws {
        try SecureHeap.start()
        let address = try Self.address()
        // The arena stays mapped; libcrypto's list of free pieces lies in the first octets of a free one.
        let left = unsafe UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: 64)
        let isGone = unsafe left[16..<64].allSatisfy { $0 == 0 }
        #expect(isGone)
    }

    /// Where a key lay that is gone by now.
    private static func address() throws -> UInt {
        let key = try unsafe SecureBytes(copying: canary.span.bytes)
        let address = UInt(bitPattern: unsafe key.bytes.baseAddress)
        let wasThere = unsafe key.bytes.elementsEqual(canary) && CRYPTO_secure_allocated(key.bytes.baseAddress) == 1
        #expect(wasThere)
        return address
    }

    @Test func `CR-35 a wiped key is zeros where it lies`() throws {
        let key = try unsafe SecureBytes(copying: Self.canary.span.bytes)
        key.wipe()
        let isWiped = key.isAllZeros
        #expect(isWiped)
    }

    @Test func `CR-36 wiping one copy of an array, of data or of a string leaves the others as they are`() {
        var array = Self.canary
        let copy = array
        for place in array.indices { array[place] = 0 }
        #expect(copy == Self.canary)
        var data = Data(Self.canary)
        let other = data
        data.resetBytes(in: 0..<data.count)
        #expect(Array(other) == Self.canary)
        var text = String(repeating: "secret", count: 9)
        let kept = text
        text.removeAll(keepingCapacity: true)
        #expect(kept.hasPrefix("secret"))
    }

    @Test func `CR-36 the sources rely on none of it, and wipe by calls that no compiler drops`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        let names = try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".swift") }
        #expect(names.count > 300)
        for name in names {
            let text = try String(contentsOf: root.appending(path: name), encoding: .utf8)
            for call in ["resetBytes", "memset(", "memset_s("] {
                #expect(!text.contains(call), "\(name) wipes with \(call)")
            }
            // Keys: in the secure heap from the first octet to the last.
            guard name.hasPrefix("TokenVault/") else { continue }
            for made in ["Data(copying: key", "[UInt8](key", "Array(key", "String(decoding: key", "SymmetricKey("] {
                #expect(!text.contains(made), "\(name) copies a key with \(made)")
            }
        }
    }
}
