import FoundationEssentials
import Glibc

/// File systems on which another machine may write behind our back (ST-22).
///
/// SQLite's log works through shared memory, which machines do not share, and network locks come and go. Plain FUSE is
/// not listed: it is as often a local disk.
enum NetworkFileSystem {
    private static let kinds: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "coda", "lustre", "ncpfs", "ocfs2", "gfs2",
        "fuse.sshfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
    ]

    /// The kernel's mount table, because statfs(2) calls all of FUSE by one number. Nil where there is no table: then
    /// nothing can be told, and the database is let through.
    static func name(at path: String) -> String? {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        guard let table = try? Data(contentsOf: URL(filePath: "/proc/self/mountinfo")) else { return nil }
        return name(at: unsafe String(cString: resolved), mounts: String(decoding: table, as: UTF8.self))
    }

    /// The longest mount point above `path` holds it; of two on the same point the later one covers the earlier.
    static func name(at path: String, mounts: String) -> String? {
        var holder: (point: String, kind: String)?
        for line in mounts.split(separator: "\n") {
            // `id parent device root point options … - kind source options` (proc(5)).
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields.dropFirst(6).firstIndex(of: "-"), dash + 1 < fields.count
            else { continue }
            let point = unescape(fields[4])
            let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
            guard isAbove, point.utf8.count >= holder?.point.utf8.count ?? 0 else { continue }
            holder = (point, String(fields[dash + 1]))
        }
        return holder.flatMap { kinds.contains($0.kind) ? $0.kind : nil }
    }

    /// Space, tab, line feed and backslash stand as octal escapes.
    private static func unescape(_ field: Substring) -> String {
        var text = String(field)
        for (escape, character) in [(#"\040"#, " "), (#"\011"#, "\t"), (#"\012"#, "\n"), (#"\134"#, #"\"#)] {
            text = text.replacing(escape, with: character)
        }
        return text
    }
}
