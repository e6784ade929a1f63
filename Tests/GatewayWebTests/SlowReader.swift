import Foundation
import Glibc

/// A client that reads when it is told to and not before.
///
/// It waits on threads of its own: it waits in the kernel, and the server needs the pool's.
final class SlowReader: Sendable {
    private static let patience = timeval(tv_sec: 60, tv_usec: 0)

    private let socket: Int32

    struct Failed: Error {}

    init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var size: Int32 = 16 * 1024
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        var patience = Self.patience
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
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

    func ask(_ path: String, key: String, method: String = "GET", _ more: String = "") throws {
        try say("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(key)\r\n\(more)\r\n")
    }

    private func say(_ text: String) throws {
        let octets = Array(text.utf8)
        guard unsafe send(socket, octets, octets.count, 0) == octets.count else { throw Failed() }
    }

    func read(_ count: Int) async throws -> String {
        try await Self.onItsOwnThread { try self.receive(count) }
    }

    /// Says this, octet by octet, and returns everything that is answered until the other side closes.
    static func answer(to text: String, port: Int) async throws -> String {
        try await onItsOwnThread {
            let reader = try SlowReader(port: port)
            defer { reader.close() }
            try reader.say(text)
            var whole = ""
            while let more = try? reader.receive(16 * 1024) { whole += more }
            return whole
        }
    }

    private func receive(_ count: Int) throws -> String {
        var octets = [UInt8](repeating: 0, count: count)
        let got = unsafe recv(socket, &octets, count, 0)
        guard got > 0 else { throw Failed() }
        return String(decoding: octets.prefix(got), as: UTF8.self)
    }

    private static func onItsOwnThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }

    func close() { _ = Glibc.close(socket) }
}
