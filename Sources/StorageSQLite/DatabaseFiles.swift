import Glibc

/// The database file and its two companions as they were when they were opened.
///
/// Knows files by device and inode through `stat`, never by opening them: closing any descriptor of the database file
/// drops all of this process's POSIX locks on it, SQLite's included.
struct DatabaseFiles: Sendable {
    private static let suffixes = ["", "-wal", "-shm"]

    private let path: String
    private let identities: [FileIdentity]

    init(path: String) throws(SQLiteStoreError) {
        self.path = path
        var identities: [FileIdentity] = []
        for suffix in Self.suffixes {
            guard let identity = FileIdentity(path: path + suffix) else { throw .replaced(Self.name(suffix)) }
            identities.append(identity)
        }
        self.identities = identities
    }

    /// Three `stat` calls, some microseconds: cheap beside a sync.
    func verify() throws(SQLiteStoreError) {
        for (suffix, identity) in zip(Self.suffixes, identities) {
            guard FileIdentity(path: path + suffix) == identity else { throw .replaced(Self.name(suffix)) }
        }
    }

    private static func name(_ suffix: String) -> String { suffix.isEmpty ? "database" : suffix }
}

extension DatabaseFiles {
    static func exists(_ path: String) -> Bool { FileIdentity(path: path) != nil }

    /// By its first octets. SQLite takes anything else for an empty database, and deletes the log beside it. Never of a file
    /// that this process has open.
    static func isDatabase(_ path: String) -> Bool {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var head = [UInt8](repeating: 0, count: 100)
        return unsafe read(descriptor, &head, head.count) == head.count
            && head.starts(with: "SQLite format 3\0".utf8)
    }

    static func checkDirectory(of path: String) throws(SQLiteStoreError) {
        let directory = directory(of: path)
        guard let identity = FileIdentity(path: directory), identity.isDirectory else { throw .directoryMissing }
        if let name = NetworkFileSystem.name(at: directory) { throw .networkFileSystem(name) }
        guard unsafe access(directory, W_OK | X_OK) == 0 else {
            throw errno == EROFS ? .readOnly : .directoryNotWritable
        }
    }

    static func checkFile(_ path: String) throws(SQLiteStoreError) {
        guard let identity = FileIdentity(path: path) else { throw .missing }
        // SQLite takes an empty file for an empty database; it is no database of ours.
        guard identity.isRegularFile, identity.size > 0 else { throw .notADatabase }
        // The file may lie elsewhere when the path is a symbolic link or a mount.
        if let name = NetworkFileSystem.name(at: path) { throw .networkFileSystem(name) }
        guard unsafe access(path, R_OK | W_OK) == 0 else { throw .readOnly }
        // SQLite gives the log and the shared memory the mode of the database file.
        guard unsafe chmod(path, S_IRUSR | S_IWUSR) == 0 else { throw .readOnly }
    }

    /// An empty file that nobody else may read, under a name of our own.
    static func createDraft(for path: String) throws(SQLiteStoreError) -> String {
        let draft = "\(path).new-\(getpid())-\(UInt64.random(in: .min ... .max))"
        let descriptor = unsafe open(draft, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR)
        guard descriptor >= 0 else {
            throw errno == EROFS ? .readOnly : errno == ENOSPC ? .unwritable : .directoryNotWritable
        }
        close(descriptor)
        return draft
    }

    static func removeDraft(_ draft: String) {
        for suffix in suffixes { unsafe unlink(draft + suffix) }
    }

    /// Gives the finished draft its name, unless another process was faster: `link` never replaces a file.
    static func publish(_ draft: String, as path: String) throws(SQLiteStoreError) {
        guard unsafe link(draft, path) == 0 || errno == EEXIST else { throw .directoryNotWritable }
        try syncDirectory(of: path)
    }

    /// The same for what must be this draft and nobody else's file. Its content is made durable, too.
    static func publishAlone(_ draft: String, as path: String) throws(SQLiteStoreError) {
        try sync(draft)
        guard unsafe link(draft, path) == 0 else { throw errno == EEXIST ? .occupied : .directoryNotWritable }
        try syncDirectory(of: path)
    }

    /// Puts the draft in the place of the database at `path`, which is called `aside` from then on. Killed at any point one of
    /// the two stands at the path, and a start never finds it empty (ST-08).
    static func exchange(_ draft: String, with path: String, aside: String) throws(SQLiteStoreError) {
        try sync(draft)
        guard unsafe link(path, aside) == 0 else { throw .directoryNotWritable }
        do throws(SQLiteStoreError) {
            try syncDirectory(of: path)
            // A log that lies beside another database would be replayed into it.
            try moveCompanions(of: path, to: aside)
            guard unsafe rename(draft, path) == 0 else { throw .directoryNotWritable }
        } catch {
            try? moveCompanions(of: aside, to: path)
            unsafe unlink(aside)
            throw error
        }
        try syncDirectory(of: path)
    }

    private static func moveCompanions(of path: String, to other: String) throws(SQLiteStoreError) {
        for suffix in suffixes.dropFirst() {
            guard unsafe rename(path + suffix, other + suffix) == 0 || errno == ENOENT else {
                throw .directoryNotWritable
            }
        }
    }

    private static func sync(_ file: String) throws(SQLiteStoreError) {
        let descriptor = unsafe open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unwritable }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .unwritable }
    }

    /// Whether another process has the database open: in write-ahead mode every connection holds SQLite's shared lock as
    /// long as it lives. Works on a damaged file, too. This process must not have it open.
    static func isInUse(_ path: String) -> Bool {
        let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // The lock bytes of SQLite's file format: pending, reserved and 510 shared ones.
        var lock = flock(
            l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0x4000_0000, l_len: 512, l_pid: 0)
        guard unsafe fcntl(descriptor, F_GETLK, &lock) == 0 else { return true }
        return lock.l_type != Int16(F_UNLCK)
    }

    private static func syncDirectory(of path: String) throws(SQLiteStoreError) {
        let descriptor = unsafe open(directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unwritable }
        defer { close(descriptor) }
        // The name must survive a power failure, too.
        guard fsync(descriptor) == 0 else { throw .unwritable }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// Which file a path leads to, following links.
struct FileIdentity: Sendable, Equatable {
    let device: UInt
    let inode: UInt
    private let mode: UInt32
    let size: Int

    init?(path: String) {
        var info = stat()
        guard unsafe stat(path, &info) == 0 else { return nil }
        device = UInt(info.st_dev)
        inode = UInt(info.st_ino)
        mode = info.st_mode
        size = Int(info.st_size)
    }

    var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
    var isRegularFile: Bool { mode & S_IFMT == S_IFREG }

    static func == (left: FileIdentity, right: FileIdentity) -> Bool {
        left.device == right.device && left.inode == right.inode
    }
}
