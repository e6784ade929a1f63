import GatewayCore
import Glibc

/// A file's lines, one after the other and never the whole file at once.
final class LineFile {
    /// Longer ones are nobody's.
    private static let longest = 64 << 20
    private static let block = 1 << 20

    private let descriptor: Int32
    private let path: String
    private var buffer: [UInt8] = []
    private var start = 0
    private var hasMore = true

    init(path: String) throws {
        self.path = path
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit { close(descriptor) }

    /// Without its line feed; nil at the end. A last line that does not end gets one for what it lacks, and so is no line that
    /// anybody writes.
    func next() throws -> [UInt8]? {
        while true {
            if let end = buffer[start...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return Array(buffer[start..<end])
            }
            guard hasMore else {
                defer { start = buffer.count }
                return start < buffer.count ? Array(buffer[start...]) + [0x0A] : nil
            }
            try fill()
        }
    }

    private func fill() throws {
        buffer.removeFirst(start)
        start = 0
        guard buffer.count < Self.longest else { throw Self.failure(path) }
        var block = [UInt8](repeating: 0, count: Self.block)
        let count = unsafe block.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw Self.failure(path) }
        hasMore = count > 0
        buffer += block[..<count]
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure(
            .couldNotRun, code: "file.not_read", "The file at \(path) cannot be read.",
            remedy: "Check path and permissions, and whether it is the right file.")
    }
}
