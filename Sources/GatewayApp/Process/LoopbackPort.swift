#if canImport(Glibc)
    import Glibc
#endif

/// Tries ports of the loopback address.
package enum LoopbackPort {
    /// The port itself if it can be bound now, a free one for 0, nil if it is taken.
    package static func bindable(_ port: Int) -> Int? {
        guard let number = UInt16(exactly: port) else { return nil }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // As the listeners do it, so that connections of a former run that still linger do not count as taken.
        var reuse: Int32 = 1
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = number.bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard unsafe bind(descriptor, generic, length) == 0, listen(descriptor, 1) == 0,
                    unsafe getsockname(descriptor, generic, &length) == 0
                else { return nil }
                return unsafe Int(UInt16(bigEndian: pointer.pointee.sin_port))
            }
        }
    }
}
