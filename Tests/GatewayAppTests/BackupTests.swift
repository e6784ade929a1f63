import Foundation
import GatewayApp
import Storage
import StorageSQLite
import Testing
import TokenVault

@Suite("Backup, restore and the root key's export")
struct BackupTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func path(_ name: String) -> String { scratch.path + "/" + name }

    @Test("CR-29: from a backup and an export an empty directory becomes a service again, and every record opens")
    func drill() async throws {
        let home = try await RootKeyHome(.file, in: scratch)
        let gateway = try await RunningGateway(in: scratch, changes: home.environment, isWhole: true)
        try scratch.write("passphrase", "correct horse battery staple\n")
        let backup = try await home.latchkey(["backup", path("backup.sqlite"), "--json"])
        #expect(backup.status == 0, "\(backup.errors)")
        #expect(backup.output.contains("checkpoint_entries"))
        let export = try await home.latchkey(
            ["keys", "export-root", path("export.txt"), "--passphrase-file", path("passphrase")])
        #expect(export.status == 0, "\(export.errors)")
        gateway.program.signal(SIGTERM)
        #expect(await gateway.program.status() == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        #expect(!names.contains { $0.hasPrefix("backup.sqlite-") || $0.contains(".new-") })
        let mode = try FileManager.default.attributesOfItem(atPath: path("backup.sqlite"))[.posixPermissions] as? Int
        #expect(mode == 0o600)

        try FileManager.default.createDirectory(
            atPath: path("empty"), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        let there = home.environment.merging([
            "LATCHKEY_DATABASE_URL": "sqlite:\(path("empty"))/latchkey.sqlite",
            "LATCHKEY_ROOT_KEY_FILE": path("empty") + "/root.key",
        ]) { $1 }
        func latchkey(_ arguments: String...) async throws -> Executable.Outcome {
            try await Executable.latchkey.run(arguments, environment: there, in: scratch)
        }
        let early = try await latchkey("restore", path("backup.sqlite"), "--yes")
        #expect(early.status == 1 && early.errors.contains(#/needs the root key [0-9a-f]{32}/#), "\(early.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: path("empty")).isEmpty)
        #expect(
            try await latchkey(
                "keys", "import-root", path("export.txt"), "--passphrase-file", path("passphrase")
            ).status == 0)
        let restored = try await latchkey("restore", path("backup.sqlite"), "--yes", "--json")
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(restored.output.contains("\"opened\":\(RootKeyHome.records)"))
        #expect(try await latchkey("keys", "verify").status == 0)
        let entries = try await latchkey("audit", "export").output
        #expect(entries.contains("backup.made") && entries.contains("backup.restored"))
    }

    @Test("KEY-14: a backup from before a replacement names the root key it needs, and opens with that one's export")
    func formerRootKey() async throws {
        let home = try await RootKeyHome(.file, in: scratch)
        try scratch.write("passphrase", "correct horse battery staple\n")
        _ = try await home.latchkey([
            "keys", "export-root", path("former.txt"), "--passphrase-file", path("passphrase"),
        ])
        _ = try await home.latchkey(["backup", path("backup.sqlite")])
        let replaced = try await home.latchkey(["keys", "rotate-root", "--yes", "--json"])
        let former = try #require(replaced.output.firstMatch(of: /former_fingerprint":"([0-9a-f]{32})/)).1
        let refused = try await home.latchkey(["restore", path("backup.sqlite"), "--yes", "--replace"])
        #expect(refused.status == 1 && refused.errors.contains("needs the root key \(former)"), "\(refused.errors)")
        #expect(try await home.everythingOpens())
        try FileManager.default.moveItem(atPath: path("root.key"), toPath: path("newer.key"))
        // The database that is there needs the newer one, so the former one is refused until it is out of the way.
        let early = try await home.latchkey([
            "keys", "import-root", path("former.txt"), "--passphrase-file", path("passphrase"),
        ])
        #expect(early.status == 1 && early.errors.contains("the database needs"), "\(early.errors)")
        try FileManager.default.moveItem(atPath: path("latchkey.sqlite"), toPath: path("newer.sqlite"))
        let imported = try await home.latchkey([
            "keys", "import-root", path("former.txt"), "--passphrase-file", path("passphrase"),
        ])
        #expect(imported.status == 0, "\(imported.errors)")
        let restored = try await home.latchkey(["restore", path("backup.sqlite"), "--yes"])
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(try await home.everythingOpens())
    }

    @Test("KEY-28: a backup from before a rotation says which records stand under a former key, and reseal ends that")
    func formerDataKey() async throws {
        let home = try await RootKeyHome(.file, in: scratch)
        _ = try await home.latchkey(["keys", "generate"])
        _ = try await home.latchkey(["keys", "promote", "dk-2"])
        _ = try await home.latchkey(["backup", path("backup.sqlite")])
        _ = try await home.latchkey(["keys", "reseal"])
        let restored = try await home.latchkey(["restore", path("backup.sqlite"), "--yes", "--replace"])
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(restored.output.contains("\(RootKeyHome.records) records stand under the enabled key dk-1"))
        #expect(restored.output.contains("put aside"))
        #expect(try await home.latchkey(["keys", "verify"]).status == 1)
        #expect(try await home.latchkey(["keys", "reseal"]).status == 0)
        #expect(try await home.everythingOpens())
    }

    @Test("KEY-14: a restore names each key that was destroyed since and is back with the backup, and what ends that")
    func destroyedSince() async throws {
        let home = try await RootKeyHome(.file, in: scratch)
        _ = try await home.latchkey(["backup", path("backup.sqlite")])
        for arguments in [
            ["keys", "rotate", "--yes"], ["keys", "retire", "dk-1", "--yes"],
            ["keys", "destroy", "dk-1", "--delay", "0", "--yes"],
        ] {
            let outcome = try await home.latchkey(arguments)
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
        }
        let restored = try await home.latchkey(["restore", path("backup.sqlite"), "--yes", "--replace"])
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(
            restored.output.contains("dk-1 was destroyed since the backup and is back with it"), "\(restored.output)")
        #expect(restored.output.contains("latchkey keys destroy dk-1"))
        let entries = try await home.latchkey(["audit", "export"]).output
        #expect(entries.contains("unreadable=0 returned=dk-1"))
        let again = try await home.latchkey(["restore", path("backup.sqlite"), "--yes", "--replace", "--json"])
        #expect(
            again.output.contains("\"returned_keys\":[]"),
            "nothing was destroyed in what was put aside: \(again.output)")
    }

    @Test("a restore is refused while a service has the database open, over a database, and of what is no backup")
    func refused() async throws {
        let home = try await RootKeyHome(.file, in: scratch)
        #expect(try await home.latchkey(["backup", path("backup.sqlite")]).status == 0)
        let again = try await home.latchkey(["backup", path("backup.sqlite")])
        #expect(again.status == 2 && again.errors.contains("left as it is") || again.errors.contains("left as it was"))
        let over = try await home.latchkey(["restore", path("backup.sqlite"), "--yes"])
        #expect(over.status == 1 && over.errors.contains("--replace"))
        let gateway = try await RunningGateway(in: scratch, changes: home.environment, isWhole: true)
        let beside = try await home.latchkey(["restore", path("backup.sqlite"), "--yes", "--replace"])
        #expect(beside.status == 2 && beside.errors.contains("has the database open"), "\(beside.errors)")
        gateway.program.signal(SIGTERM)
        #expect(await gateway.program.status() == 0)
        try scratch.write("letter.txt", "a letter to my aunt")
        let letter = try await home.latchkey(["restore", path("letter.txt"), "--yes", "--replace"])
        #expect(letter.status == 2 && letter.errors.contains("not an SQLite database"), "\(letter.errors)")
        let unasked = try await home.latchkey(["restore", path("backup.sqlite"), "--replace"])
        #expect(unasked.status == 64)
        #expect(try await home.everythingOpens())
        #expect(try !FileManager.default.contentsOfDirectory(atPath: scratch.path).contains { $0.contains(".new-") })
    }

    @Test("a restore ends sign-in links, and puts a damaged database aside with its log")
    func sessions() async throws {
        let home = try await RootKeyHome(.file, in: scratch)
        _ = try await home.latchkey(["sign-in-link"])
        _ = try await home.latchkey(["backup", path("backup.sqlite")])
        try scratch.write("latchkey.sqlite", "damaged beyond repair")
        try scratch.write("latchkey.sqlite-wal", "and its log")
        let restored = try await home.latchkey(["restore", path("backup.sqlite"), "--yes", "--replace", "--json"])
        #expect(restored.status == 0, "\(restored.errors)")
        let aside = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
            .filter { $0.contains(".before-restore-") }
        #expect(aside.count == 2 && aside.contains { $0.hasSuffix("-wal") })
        #expect(try await home.everythingOpens())
        let store = try await SQLiteStore.open(path: path("latchkey.sqlite"), createIfMissing: false)
        #expect(try await store.rootKeyInUse() != nil)
        try store.close()
    }

    @Test("a root key on a token is not exported, and says so (CR-28)")
    func token() async throws {
        let home = try await RootKeyHome(.token, in: scratch)
        try scratch.write("passphrase", "correct horse battery staple\n")
        let outcome = try await home.latchkey([
            "keys", "export-root", path("never.txt"), "--passphrase-file", path("passphrase"),
        ])
        #expect(outcome.status == 1 && outcome.errors.contains("cannot leave it"))
        #expect(!scratch.exists("never.txt"))
        let unasked = try await home.latchkey(["keys", "export-root", path("never.txt")])
        #expect(unasked.status == 1)
    }
}

@Suite("Swap")
struct SwapTests {
    @Test("CR-33: swap that is on, or that the system does not tell about, counts as possible")
    func swap() {
        let heading = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
        #expect(!Swap.isPossible(by: heading))
        #expect(Swap.isPossible(by: heading + "/dev/vda2 partition 1048572 0 -2\n"))
        #expect(Swap.isPossible(by: nil))
    }

    @Test("CR-31, CR-33: pages that could not be locked hold keys only where there is no swap")
    func unlocked() {
        let heading = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
        let swap = heading + "/dev/vda2 partition 1048572 0 -2\n"
        for table in [nil, heading, swap] { #expect(ProcessHygiene.mayHoldKeys(.locked, swap: table)) }
        #expect(ProcessHygiene.mayHoldKeys(.notLocked, swap: heading))
        for table in [nil, swap] { #expect(!ProcessHygiene.mayHoldKeys(.notLocked, swap: table)) }
    }
}
