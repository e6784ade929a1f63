import Testing

@testable import StorageSQLite

@Suite struct `Network file systems` {
    private static let mounts = #"""
        22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
        30 22 0:40 / /srv rw - nfs4 files:/srv rw
        31 30 8:2 / /srv/local rw,relatime shared:2 master:1 - xfs /dev/sdb1 rw
        32 22 0:41 / /mnt/with\040blank rw - cifs //files/x rw
        33 22 0:42 / /home/ada/remote rw - fuse.sshfs ada@files: rw
        34 22 0:43 / /home/ada/disk rw - fuse.ntfs-3g /dev/sdc1 rw
        35 22 8:3 / /over rw - ext4 /dev/sdd1 rw
        36 35 0:44 / /over rw - nfs files:/over rw
        a line that means nothing
        """#

    @Test(arguments: [
        ("/srv/latchkey", "nfs4"), ("/srv", "nfs4"), ("/mnt/with blank/data", "cifs"),
        ("/home/ada/remote", "fuse.sshfs"),
        ("/over/x", "nfs"),
    ])
    func `ST-22 a path on one is refused by its name`(path: String, kind: String) {
        #expect(NetworkFileSystem.name(at: path, mounts: Self.mounts) == kind)
    }

    @Test(arguments: ["/var/lib/latchkey", "/srv/local/x", "/srvx", "/mnt/with", "/home/ada/disk/x", "/"])
    func `ST-22 a path beside one, or on a disk mounted over one, is let through`(path: String) {
        #expect(NetworkFileSystem.name(at: path, mounts: Self.mounts) == nil)
    }

    @Test func `ST-22 without a mount table nothing is claimed`() {
        #expect(NetworkFileSystem.name(at: "/srv", mounts: "") == nil)
    }
}
