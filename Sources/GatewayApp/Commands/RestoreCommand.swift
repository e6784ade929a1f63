import ArgumentParser
import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TokenVault

struct RestoreCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a backup in the place of the database, after opening every record in it.",
        discussion: """
            Refused while a service has the database open. Sign-in links and sessions of the backup's day are ended; API \
            keys and connections are as they were then, those that were revoked since included.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    @Argument(help: "The file that backup wrote.")
    var file: String

    @Flag(help: "Put a database that is there aside. It is renamed, not deleted.")
    var replace = false

    @Flag(help: "Restore although some records do not open.")
    var incomplete = false

    func run() async throws {
        try ProcessHygiene.apply()
        let places = try common.source.read { source in RestorePlaces(reading: &source) }
        try refuseOccupied(places.database.path)
        try Confirmation(options: change).ask("The database will be the one of the backup.")
        let staged = try await StagedDatabase(backup: file, for: places.database.path)
        do {
            let answer = try await restore(staged, places)
            output.say(answer.text, or: answer)
        } catch {
            staged.discard()
            throw error
        }
    }

    private func refuseOccupied(_ path: String) throws {
        let (exists, isInUse) = StagedDatabase.occupation(of: path)
        if isInUse { throw SQLiteStoreError.inUse }
        guard exists, !replace else { return }
        throw CommandFailure(
            .refused, code: "restore.occupied", "There is a database at \(path); it was left as it is.",
            remedy: "Add --replace to put it aside.")
    }

    private func restore(_ staged: StagedDatabase, _ places: RestorePlaces) async throws -> RestoreBody {
        let problems = try await staged.store.integrityProblems()
        guard problems.isEmpty else { throw SQLiteStoreError.damaged }
        let rootKey = try await rootKey(for: staged.store, places)
        let keyring = try await LiveKeyring(store: staged.store, rootKey: rootKey, clock: SystemClock())
        let check = try await BackupCheck(of: staged.store, keyring: keyring)
        let returned = try await keysBroughtBack(by: staged)
        guard check.unreadableCount == 0 || incomplete else { throw Self.unreadable(check) }
        try await staged.endSessions()
        let log = AuditLog(
            store: staged.store, rootKey: rootKey, witnesses: places.audit.witnesses, clock: SystemClock(),
            metrics: Metrics())
        try await staged.store.append([
            AuditEvent(
                at: Date(), actor: .commandLine, action: .backupRestored,
                subject: "\(rootKey.value.fingerprint) opened=\(check.opened) unreadable=\(check.unreadableCount)"
                    + (returned.isEmpty ? "" : " returned=\(returned.joined(separator: ","))"))
        ])
        let standing = try await log.startCheck()
        let stamp = Date().formatted(.iso8601.timeSeparator(.omitted).dateSeparator(.omitted))
        let aside = try staged.publish(settingAside: replace, stamp: stamp)
        return RestoreBody(places, check, rootKey.value, returned, standing: standing, aside: aside)
    }

    /// Destroyed in the database that is put aside, and alive again with the backup: it brings its keys with it (KEY-14).
    private func keysBroughtBack(by staged: StagedDatabase) async throws -> [String] {
        guard let destroyed = staged.destroyedKeysBefore() else { return [] }
        return try await staged.store.dataKeys().filter { destroyed.contains($0.id) && !$0.wrapped.isEmpty }.map(\.id)
    }

    /// Says which key is missing when it is not the one at hand.
    private func rootKey(for store: SQLiteStore, _ places: RestorePlaces) async throws -> LiveRootKey {
        guard let needed = try await store.rootKeyInUse() else {
            throw CommandFailure(
                .refused, code: "restore.no_keys", "The backup has no data keys: nothing was ever in use.")
        }
        let fingerprint = RootKey.fingerprint(needed.checkValue)
        let candidates: [RootKey]
        do {
            candidates = try places.rootKey.source.candidates()
        } catch {
            let reason = CommandFailure(error).explanation
            throw CommandFailure(
                .refused, code: "restore.root_key_missing",
                "The backup needs the root key \(fingerprint), and there is none: \(reason.message)",
                remedy: "Put it back first: latchkey keys import-root FILE.")
        }
        guard let found = candidates.first(where: { $0.checkValue == needed.checkValue }) else {
            throw CommandFailure(
                .refused, code: "restore.root_key_wrong",
                "The backup needs the root key \(fingerprint); the one at hand is \(candidates[0].fingerprint).",
                remedy: "The root key was replaced since the backup. Put the former one in place from its export.")
        }
        return LiveRootKey(found)
    }

    private static func unreadable(_ check: BackupCheck) -> CommandFailure {
        let keys = check.missingKeys.sorted { $0.key < $1.key }
            .map { "\($0.key) is missing or destroyed, and \($0.value) records need it. " }.joined()
        return CommandFailure(
            .refused, code: "restore.unreadable",
            "\(check.unreadableCount) records of the backup do not open. \(keys)Among them: "
                + check.unreadable.joined(separator: ", ") + ".",
            remedy: "Use another backup, or add --incomplete; those organizations have to connect again.")
    }
}

/// The settings that a restore needs, for on the day of a loss the others may be lost as well.
private struct RestorePlaces {
    let database: DatabaseSettings
    let rootKey: RootKeySettings
    let audit: AuditSettings

    init?(reading source: inout SettingsSource) {
        let database = DatabaseSettings(reading: &source)
        let rootKey = RootKeySettings(reading: &source)
        let audit = AuditSettings(reading: &source)
        guard let database, let rootKey, let audit else { return nil }
        self.database = database
        self.rootKey = rootKey
        self.audit = audit
    }
}

private struct RestoreBody: Encodable {
    let database: String
    let opened: Int
    let unreadable: Int
    let missing_keys: [String: Int]
    let former_keys: [String: Int]
    let returned_keys: [String]
    let root_key: String
    let set_aside: String?
    let audit: String?
    private let sentences: [String]

    private enum CodingKeys: CodingKey {
        case database, opened, unreadable, missing_keys, former_keys, returned_keys, root_key, set_aside, audit
    }

    init(
        _ places: RestorePlaces, _ check: BackupCheck, _ rootKey: RootKey, _ returned: [String],
        standing: AuditStanding, aside: String?
    ) {
        database = places.database.path
        opened = check.opened
        unreadable = check.unreadableCount
        missing_keys = check.missingKeys
        former_keys = check.formerKeys.mapValues(\.records)
        returned_keys = returned
        root_key = rootKey.fingerprint
        set_aside = aside
        audit = standing.explanation?.code
        var sentences = check.formerKeys.sorted { $0.key < $1.key }.map { id, key in
            "\(key.records) records stand under the \(key.state) key \(id): run latchkey keys reseal."
        }
        sentences += returned.map { id in
            "\(id) was destroyed since the backup and is back with it. Once no record needs it, run latchkey keys retire \(id), "
                + "then latchkey keys destroy \(id)."
        }
        if let doubt = standing.explanation { sentences.append("\(doubt.message) \(doubt.remedy ?? "")") }
        if let aside { sentences.append("The former database was put aside: \(aside)") }
        self.sentences = sentences
    }

    var text: String {
        let head = "Restored: \(database)\nAll \(opened) records open with the root key \(root_key)."
        let partly =
            "Restored: \(database)\n\(opened) records open with the root key \(root_key), \(unreadable) do not."
        let keys = "API keys are as they were then; look for revoked ones: latchkey api-keys list."
        return ([unreadable == 0 ? head : partly] + sentences + [keys]).joined(separator: "\n")
    }
}
