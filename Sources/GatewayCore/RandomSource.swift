/// Where unguessable bytes come from. A parameter everywhere, so that tests can be repeated.
package protocol RandomSource: Sendable {
    func bytes(_ count: Int) -> [UInt8]
}

/// The kernel's generator (getrandom), which the standard library never replaces by a weaker one: it traps instead.
package struct SystemRandomSource: RandomSource {
    package init() {}

    package func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var output: [UInt8] = []
        output.reserveCapacity(count)
        while output.count < count {
            withBytes(of: generator.next()) { output.append($0) }
        }
        output.removeLast(output.count - count)
        return output
    }

    private func withBytes(of word: UInt64, _ body: (UInt8) -> Void) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            body(UInt8(truncatingIfNeeded: word >> shift))
        }
    }
}
