#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An open file, closed when its one owner lets go.
struct FileDescriptor: ~Copyable {
    let number: Int32

    /// Nil for what a failed `open` returns.
    init?(_ number: Int32) {
        guard number >= 0 else { return nil }
        self.number = number
    }

    var status: stat? {
        var status = stat()
        return unsafe fstat(number, &status) == 0 ? status : nil
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = unsafe bytes[...]
        while unsafe rest.count > 0 {
            let piece = unsafe UnsafeRawBufferPointer(rebasing: rest)
            #if canImport(Glibc)
                let count = unsafe Glibc.write(number, piece.baseAddress, piece.count)
            #else
                let count = unsafe Darwin.write(number, piece.baseAddress, piece.count)
            #endif
            guard count > 0 || errno == EINTR else { return false }
            unsafe rest = rest.dropFirst(max(0, count))
        }
        return true
    }

    /// Reads until the end or until `buffer` is full; nil on failure.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        var total = 0
        while total < buffer.count {
            let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[total...])
            #if canImport(Glibc)
                let count = unsafe Glibc.read(number, piece.baseAddress, piece.count)
            #else
                let count = unsafe Darwin.read(number, piece.baseAddress, piece.count)
            #endif
            if count == 0 { break }
            guard count > 0 || errno == EINTR else { return nil }
            total += max(0, count)
        }
        return total
    }

    deinit {
        close(number)
    }
}
