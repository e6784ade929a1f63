import Foundation
import Glibc

/// Many connections from one thread, a request on each as soon as the last is answered: cheap beside what it measures.
enum RawLoad {
    struct Outcome: Sendable {
        var times: [Duration] = []
        /// Answers of another status than 200.
        var others = 0
        var elapsed = Duration.zero

        var perSecond: Double { Double(times.count) * 1e6 / elapsed.microseconds }
    }

    /// `request` gives the octets of the request with a number.
    static func run(
        port: Int, connections: Int, for duration: Duration, request: @escaping @Sendable (Int) -> [UInt8]
    ) async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: it waits in the kernel, and the pool's threads serve what is measured.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result { try RawLoop(port: port, connections: connections, request: request).run(duration) })
            }
        }
    }
}

private struct RawLoop {
    private var sockets: [RawSocket]
    private let request: @Sendable (Int) -> [UInt8]
    private var sent = 0
    private var outcome = RawLoad.Outcome()

    init(port: Int, connections: Int, request: @escaping @Sendable (Int) -> [UInt8]) throws {
        self.request = request
        sockets = try (0..<connections).map { _ in try RawSocket(port: port) }
    }

    consuming func run(_ duration: Duration) throws -> RawLoad.Outcome {
        let clock = ContinuousClock()
        let begun = clock.now
        let end = begun + duration
        for index in sockets.indices { try sendNext(index) }
        var polled = sockets.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        while clock.now < end {
            guard unsafe poll(&polled, nfds_t(polled.count), 1000) > 0 else { throw BenchmarkFailure("no answer came") }
            for index in polled.indices where polled[index].revents != 0 { try receive(index) }
        }
        outcome.elapsed = clock.now - begun
        for socket in sockets { socket.close() }
        return outcome
    }

    private mutating func sendNext(_ index: Int) throws {
        sent += 1
        try sockets[index].send(request(sent))
    }

    private mutating func receive(_ index: Int) throws {
        guard let status = try sockets[index].receive() else { return }
        outcome.times.append(ContinuousClock.now - sockets[index].sentAt)
        if status != 200 { outcome.others += 1 }
        try sendNext(index)
    }
}

private struct RawSocket {
    let descriptor: Int32
    private(set) var sentAt = ContinuousClock.now
    private var received: [UInt8] = []
    private var piece = [UInt8](repeating: 0, count: 16 * 1024)

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let (descriptor, length) = (descriptor, socklen_t(MemoryLayout<sockaddr_in>.size))
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(descriptor, $0, length) }
        }
        var isOn: Int32 = 1
        let undelayed = unsafe setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
        guard connected == 0, undelayed == 0 else { throw BenchmarkFailure("no connection") }
    }

    mutating func send(_ octets: [UInt8]) throws {
        sentAt = .now
        received.removeAll(keepingCapacity: true)
        guard unsafe Glibc.send(descriptor, octets, octets.count, 0) == octets.count else {
            throw BenchmarkFailure("a request could not be sent")
        }
    }

    /// The status as soon as the whole answer is there.
    mutating func receive() throws -> Int? {
        let count = unsafe recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else { throw BenchmarkFailure("a connection was closed") }
        received.append(contentsOf: piece.prefix(count))
        guard let head = endOfHead, let length = contentLength(head), received.count >= head + length else {
            return nil
        }
        return received[9..<12].reduce(0) { $0 * 10 + Int($1) - 48 }
    }

    func close() { _ = Glibc.close(descriptor) }

    private var endOfHead: Int? {
        let (cr, lf) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
        guard received.count >= 4 else { return nil }
        for index in 3..<received.count
        where received[index] == lf && received[index - 1] == cr && received[index - 2] == lf {
            return index + 1
        }
        return nil
    }

    private func contentLength(_ head: Int) -> Int? {
        let name = Array("content-length: ".utf8)
        for start in 0..<(head - name.count) where received[start] == UInt8(ascii: "\n") {
            let begin = start + 1
            guard begin + name.count < head,
                (0..<name.count).allSatisfy({ received[begin + $0] | 0x20 == name[$0] | 0x20 })
            else { continue }
            return received[(begin + name.count)...].prefix { (48...57).contains($0) }
                .reduce(0) { $0 * 10 + Int($1) - 48 }
        }
        return nil
    }
}
