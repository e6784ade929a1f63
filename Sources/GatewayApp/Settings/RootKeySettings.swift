import GatewayCore
import TokenVault

/// Where the root key lies.
package struct RootKeySettings: Sendable {
    package let path: String

    init(reading source: SettingsSource) {
        path = source.text(.rootKeyFile) ?? "var/root.key"
    }

    /// The key itself; what is wrong with the file is a problem like any other.
    func load(_ source: inout SettingsSource) -> RootKey? {
        do {
            return try RootKeyFile.load(from: path)
        } catch {
            let remedy =
                error == .missing || error == .directoryMissing
                ? "Create one with: latchkey keys init. If this database was in use before, restore its key instead."
                : error.explanation.remedy ?? ""
            source.refuse(.rootKeyFile, "\(error.explanation.message) \(remedy)")
            return nil
        }
    }
}
