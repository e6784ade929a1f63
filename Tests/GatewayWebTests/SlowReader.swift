import Glibc

/// A client that reads when it is told to and not before.
final class SlowReader {
    private let socket: Int32

    struct Failed: Error {}

    init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var size: Int32 = 16 * 1024
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failed() }
    }

    /// `isWhole`: what follows has the end of the head in it, and a body.
    func ask(
        _ path: String, key: String, method: String = "GET", _ more: String = "", isWhole: Bool = false
    ) throws {
        let text =
            "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(key)\r\n\(more)"
            + (isWhole ? "" : "\r\n")
        let octets = Array(text.utf8)
        guard unsafe send(socket, octets, octets.count, 0) == octets.count else { throw Failed() }
    }

    func read(_ count: Int) throws -> String {
        var octets = [UInt8](repeating: 0, count: count)
        let got = unsafe recv(socket, &octets, count, 0)
        guard got > 0 else { throw Failed() }
        return String(decoding: octets.prefix(got), as: UTF8.self)
    }

    /// Until the other side closes, or has nothing to say for two seconds.
    func readAll() -> String {
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var whole = ""
        while let more = try? read(16 * 1024) { whole += more }
        return whole
    }

    func close() { _ = Glibc.close(socket) }
}
