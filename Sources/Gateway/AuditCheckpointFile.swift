import AuditTrail
import FoundationEssentials
import Glibc

/// Checkpoints in a file elsewhere: on another disk, on a mount of another machine, with the append-only attribute. Every
/// note stands there one behind the other.
package struct AuditCheckpointFile: CheckpointWitness {
    /// The newest note is in here, whatever was torn behind it.
    private static let tail = 64 * 1024
    /// Text, empty line, signature.
    private static let linesOfANote = 6

    package let isPrompt = true
    let path: String

    package init(path: String) { self.path = path }

    package func publish(_ note: String) async throws {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP)
        guard descriptor >= 0 else { throw AuditCheckpointFileError.notWritable }
        defer { close(descriptor) }
        // Half a line, left by a power failure, must not swallow the first line of this note.
        let octets = Array(((Self.endsTorn(descriptor) ? "\n" : "") + note).utf8)
        // One write: two processes that share the file do not mix their lines.
        guard unsafe write(descriptor, octets, octets.count) == octets.count, fdatasync(descriptor) == 0 else {
            throw AuditCheckpointFileError.notWritable
        }
    }

    package func newest() async throws -> String? {
        try read(last: Self.tail).last
    }

    /// Every whole note, oldest first.
    package func notes() throws -> [String] {
        try read(last: nil)
    }

    private func read(last count: Int?) throws -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        guard let handle = unsafe fopen(path, "re") else { throw AuditCheckpointFileError.notReadable }
        defer { unsafe fclose(handle) }
        if let count, unsafe fseek(handle, 0, SEEK_END) == 0 {
            unsafe fseek(handle, max(0, ftell(handle) - count), SEEK_SET)
        }
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while case let found = unsafe fread(&buffer, 1, buffer.count, handle), found > 0 {
            octets += buffer[..<found]
        }
        guard unsafe ferror(handle) == 0 else { throw AuditCheckpointFileError.notReadable }
        return Self.notes(in: String(decoding: octets, as: UTF8.self))
    }

    /// A note ends with its signature line; what does not have a note's lines before it is left out.
    static func notes(in text: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.dropLast().filter { lines[$0].hasPrefix("\u{2014} ") }.compactMap { end in
            let start = end - linesOfANote + 1
            guard start >= 0 else { return nil }
            return lines[start...end].joined(separator: "\n") + "\n"
        }
    }

    private static func endsTorn(_ descriptor: Int32) -> Bool {
        var last: UInt8 = 0
        let end = lseek(descriptor, 0, SEEK_END)
        return unsafe end > 0 && pread(descriptor, &last, 1, end - 1) == 1 && last != UInt8(ascii: "\n")
    }
}
