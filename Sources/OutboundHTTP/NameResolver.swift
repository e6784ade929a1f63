#if canImport(Glibc)
    import Glibc
#endif
package import GatewayCore
import NIOPosix

/// Turns names into addresses. A parameter, so that tests can answer what an attacker's name server would.
package protocol NameResolver: Sendable {
    func addresses(of host: String) async throws(TransportFailure) -> [ResolvedAddress]
}

/// The system's resolver, on threads of its own because it blocks.
package struct SystemNameResolver: NameResolver {
    /// More answers than this are an attack or a mistake.
    static let maximumAddresses = 64

    /// `EAI_NODATA`, a name without addresses, which Glibc's headers keep from Swift.
    static let noData: Int32 = -5

    package init() {}

    package func addresses(of host: String) async throws(TransportFailure) -> [ResolvedAddress] {
        let answer: Result<[ResolvedAddress], TransportFailure>
        do {
            answer = try await NIOThreadPool.singleton.runIfActive { Self.lookUp(host) }
        } catch {
            throw .nameServerFailed
        }
        return try answer.get()
    }

    private static func lookUp(_ host: String) -> Result<[ResolvedAddress], TransportFailure> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else { return .failure(failure(of: status)) }
        defer { unsafe freeaddrinfo(list) }
        var found: [ResolvedAddress] = []
        var entry = unsafe list
        while let current = unsafe entry, found.count < maximumAddresses {
            if let address = unsafe address(of: current.pointee) { found.append(address) }
            unsafe entry = current.pointee.ai_next
        }
        return found.isEmpty ? .failure(.nameNotFound) : .success(found)
    }

    static func failure(of status: Int32) -> TransportFailure {
        switch status {
        case EAI_NONAME, noData: .nameNotFound
        case EAI_AGAIN: .nameLookupTimedOut
        default: .nameServerFailed
        }
    }

    private static func address(of entry: addrinfo) -> ResolvedAddress? {
        guard let socket = unsafe entry.ai_addr else { return nil }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let length = socklen_t(text.count)
        guard unsafe getnameinfo(socket, entry.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST) == 0 else {
            return nil
        }
        let numeric = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        switch unsafe entry.ai_family {
        case AF_INET:
            let octets = unsafe socket.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                unsafe withUnsafeBytes(of: address.pointee.sin_addr) { unsafe Array($0) }
            }
            return ResolvedAddress(octets: octets, text: numeric)
        case AF_INET6:
            let octets = unsafe socket.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                unsafe withUnsafeBytes(of: address.pointee.sin6_addr) { unsafe Array($0) }
            }
            return ResolvedAddress(octets: octets, text: numeric)
        default: return nil
        }
    }
}
