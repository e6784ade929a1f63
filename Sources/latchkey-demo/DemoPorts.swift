import GatewayApp
import Glibc

/// The ports to use, settled before anything starts: gateway and stand-in must know each other's address beforehand.
struct DemoPorts {
    let http: Int
    let zendesk: Int
    let control: Int?

    var publicURL: String { "http://localhost:\(http)" }

    /// A port that was asked for is used or refused; a default that is taken gives way to a free one.
    init(http: Int?, zendesk: Int?, control: Int?) throws {
        self.http = try Self.port(http, usually: 8080)
        self.zendesk = try Self.port(zendesk, usually: 9443)
        self.control = try control.map { try Self.port($0, usually: $0) }
    }

    private static func port(_ wanted: Int?, usually: Int) throws -> Int {
        if let free = LoopbackPort.bindable(wanted ?? usually) { return free }
        guard wanted == nil, let free = LoopbackPort.bindable(0) else { throw PortTaken(port: wanted ?? usually) }
        return free
    }
}

/// Tries ports of the loopback address.
enum LoopbackPort {
    /// The port itself if it can be bound now, a free one for 0, nil if it is taken.
    static func bindable(_ port: Int) -> Int? {
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
