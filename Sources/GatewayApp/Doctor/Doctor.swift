package import GatewayCore
import Preflight
import StorageSQLite
import TokenVault

/// Looks at our own side: everything but the organizations. Changes nothing but the counter that proves the database can be
/// written.
package struct Doctor: Sendable {
    /// What cannot be looked at without the database.
    private static let inDatabase: [ExaminedPart] = [.keyring, .clock, .renewals, .checks, .audit]

    let source: SettingsSource
    let clock: any WallClock

    package init(source: SettingsSource, clock: any WallClock = SystemClock()) {
        self.source = source
        self.clock = clock
    }

    /// Nothing throws: what cannot be looked at is a finding as well.
    package func examine() async -> DoctorReport {
        let settings = Result { () throws(SettingsError) in try Settings(reading: source) }
        let (database, store) = await openDatabase()
        var found = [
            SettingsExamination.settings(settings), SettingsExamination.templates(settings),
            SettingsExamination.egress(source), CertificateExamination(source: source, clock: clock).run(),
            RootKeyExamination(source: source).run(), FilesExamination(source: source).permissions(),
            FilesExamination(source: source).disk(),
        ]
        if let store {
            let examination = DatabaseExamination(store: store, source: source, clock: clock)
            found += [
                await examination.database(), await examination.keyring(settings), await examination.clock(),
                await examination.renewals(), await examination.checks(), await examination.audit(),
            ]
            try? store.close()
        } else {
            found += [database] + Self.inDatabase.map { $0.skipped(because: .database) }
        }
        return DoctorReport(found, settingsAreBad: (try? settings.get()) == nil)
    }

    private func openDatabase() async -> (Examination, SQLiteStore?) {
        let part = ExaminedPart.database
        guard let path = source.part({ DatabaseSettings(reading: &$0) })?.path else {
            return (part.skipped(because: .settings), nil)
        }
        do {
            return (part.pass(""), try await SQLiteStore.open(path: path, createIfMissing: false))
        } catch .missing {
            return (
                part.warn("There is no database yet.", "Start the gateway, or run latchkey migrate; both make one."),
                nil
            )
        } catch {
            return (part.fail(error.explanation.message, error.explanation.remedy), nil)
        }
    }
}

/// What was found.
package struct DoctorReport: Sendable, Encodable {
    package let verdict: String
    package let checks: [Examination]
    /// For the exit status, which tells settings apart from everything else.
    let settingsAreBad: Bool

    private enum CodingKeys: CodingKey { case verdict, checks }

    init(_ checks: [Examination], settingsAreBad: Bool) {
        let statuses = Set(checks.map(\.status))
        verdict = statuses.contains(.fail) ? "fail" : statuses.isDisjoint(with: [.warn, .skipped]) ? "pass" : "warn"
        self.checks = checks
        self.settingsAreBad = settingsAreBad
    }

    package var status: ExitStatus {
        if settingsAreBad { return .settings }
        return verdict == "fail" ? .refused : .done
    }
}

extension SettingsSource {
    /// One subject of the settings, whatever is wrong with the others. Nil when this one is not in order.
    func part<Value>(_ read: (inout SettingsSource) -> Value?) -> Value? {
        var source = self
        let before = source.problems.count
        let value = read(&source)
        return source.problems.count == before ? value : nil
    }
}
