import FoundationEssentials
import GatewayCore
import Glibc

/// A file that is whole or not there: written beside its place, made durable, and then given its name. Never in the place of
/// another one.
final class NewFile {
    private static let block = 1 << 20

    private let path: String
    private let draft: String
    private let descriptor: Int32
    private var waiting: [UInt8] = []
    private var isKept = false

    init(path: String) throws {
        self.path = path
        draft = path + ".part"
        guard !FileManager.default.fileExists(atPath: path) else { throw Self.failure(path, "There is a file already") }
        descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)
        guard descriptor >= 0 else { throw Self.failure(path, "No file can be made") }
        waiting.reserveCapacity(Self.block)
    }

    deinit {
        close(descriptor)
        if !isKept { _ = unsafe unlink(draft) }
    }

    func write(_ octets: [UInt8]) throws {
        waiting += octets
        if waiting.count >= Self.block { try flush() }
    }

    /// Gives it its name.
    func keep() throws {
        try flush()
        guard fsync(descriptor) == 0, unsafe link(draft, path) == 0 else {
            throw Self.failure(path, "The file cannot be kept")
        }
        _ = unsafe unlink(draft)
        isKept = true
    }

    private func flush() throws {
        var start = 0
        while start < waiting.count {
            let written = unsafe waiting[start...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            guard written > 0 else { throw Self.failure(path, "The disk does not take it") }
            start += written
        }
        waiting.removeAll(keepingCapacity: true)
    }

    private static func failure(_ path: String, _ what: String) -> CommandFailure {
        CommandFailure(
            .refused, code: "file.not_written", "\(what) at \(path).", remedy: "Name another file, or make room.")
    }
}
