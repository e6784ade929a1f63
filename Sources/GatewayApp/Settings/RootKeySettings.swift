import Foundation
import GatewayCore
package import TokenVault

/// Where the root key lies: in a file unless another place is named.
package struct RootKeySettings: Sendable {
    package let source: RootKeySource

    init?(reading source: inout SettingsSource) {
        Self.refuseKeysInSettings(&source)
        let places = [
            (SettingName.rootKeyFile, source.text(.rootKeyFile) != nil),
            (.rootKeyCredential, source.text(.rootKeyCredential) != nil),
            (.rootKeyPKCS11Module, Self.tokenNames.contains { source.text($0) != nil }),
        ].filter(\.1).map(\.0)
        guard places.count <= 1 else {
            source.refuse(
                places[1], "\(places[0].variable) is set as well, and there is one root key. Keep one of them.")
            return nil
        }
        switch places.first {
        case .rootKeyCredential:
            guard let place = Self.credential(&source) else { return nil }
            self.source = place
        case .rootKeyPKCS11Module:
            guard let place = Self.token(&source) else { return nil }
            self.source = place
        default: self.source = .file(source.text(.rootKeyFile) ?? "var/root.key")
        }
    }

    /// The keys that may be the one in use; what is wrong with their place is a problem like any other.
    func load(_ source: inout SettingsSource) -> [RootKey]? {
        do {
            return try self.source.candidates()
        } catch let error as RootKeyFileRefusal {
            source.refuse(name, "\(error.explanation.message) \(remedy(error))")
        } catch let error as RootKeyTokenRefusal {
            source.refuse(name, "\(error.explanation.message) \(error.explanation.remedy ?? "")")
        } catch {
            source.refuse(name, "The root key cannot be read.")
        }
        return nil
    }

    private func remedy(_ error: RootKeyFileRefusal) -> String {
        guard error == .missing || error == .directoryMissing else { return error.explanation.remedy ?? "" }
        if case .credential(let name, _) = source {
            return
                "Name it in the unit file: LoadCredential=\(name):PATH. Outside of a unit, let CREDENTIALS_DIRECTORY "
                + "name the directory it lies in."
        }
        return "Create one with: latchkey keys init. If this database was in use before, restore its key instead."
    }

    private var name: SettingName {
        switch source {
        case .file: .rootKeyFile
        case .credential: .rootKeyCredential
        case .token: .rootKeyPKCS11Module
        }
    }

    private static func credential(_ source: inout SettingsSource) -> RootKeySource? {
        guard let name = source.text(.rootKeyCredential) else { return nil }
        guard !name.contains("/"), !name.hasPrefix(".") else {
            source.refuse(.rootKeyCredential, "This must be the name of a credential, not a path.")
            return nil
        }
        guard let directory = source.credentialsDirectory, directory.hasPrefix("/") else {
            source.refuse(
                .rootKeyCredential,
                "There are no credentials: CREDENTIALS_DIRECTORY is not set. Start the gateway as a unit with "
                    + "LoadCredential=\(name):PATH, or let it name the directory of the credential store.")
            return nil
        }
        return .credential(name: name, directory: directory)
    }

    private static let tokenNames: [SettingName] = [
        .rootKeyPKCS11Module, .rootKeyPKCS11Token, .rootKeyPKCS11Key, .rootKeyPKCS11PINFile,
    ]

    private static func token(_ source: inout SettingsSource) -> RootKeySource? {
        let values = tokenNames.map { source.text($0) }
        for (name, value) in zip(tokenNames, values) where value == nil {
            source.refuse(
                name, "A root key on a token needs its library, the token's label, the key's label and a PIN file.")
        }
        guard let module = values[0], let token = values[1], let key = values[2], let pin = values[3] else {
            return nil
        }
        guard module.hasPrefix("/") else {
            // Whatever is found on a search path would be given the PIN.
            source.refuse(.rootKeyPKCS11Module, "This must be the whole path of the library, beginning with a slash.")
            return nil
        }
        return .token(RootKeyToken(module: module, token: token, key: key, pinFile: pin))
    }

    /// A key that stands where its path belongs (CR-27).
    private static func refuseKeysInSettings(_ source: inout SettingsSource) {
        guard let text = source.text(.rootKeyFile) else { return }
        let digits = text.filter(\.isHexDigit).count
        if text.contains("latchkey-root-key-") || (digits >= 64 && digits == text.count) {
            source.refuse(
                .rootKeyFile,
                "This is a key and not a path. A key in the environment is visible to other processes: put it into a file "
                    + "of mode 0600, and replace it, for it was shown.")
        }
    }
}

extension RootKeySettings {
    /// Where `keys rotate-root --to` moves the root key.
    static func target(_ text: String) throws(RootKeyTargetRefusal) -> RootKeySource {
        if let path = rest(of: text, behind: "file:") {
            guard !path.isEmpty else { throw .unknown }
            return .file(path)
        }
        if let path = rest(of: text, behind: "credential:") {
            guard path.hasPrefix("/"), let slash = path.lastIndex(of: "/"), path.index(after: slash) < path.endIndex,
                slash != path.startIndex
            else { throw .unknown }
            return .credential(
                name: String(path[path.index(after: slash)...]), directory: String(path[..<slash]))
        }
        guard text.hasPrefix("pkcs11:") else { throw .unknown }
        return .token(try token(text))
    }

    /// RFC 7512, as far as a key needs it: `pkcs11:token=T;object=K?module-path=/lib.so&pin-source=/file`.
    private static func token(_ text: String) throws(RootKeyTargetRefusal) -> RootKeyToken {
        var values: [String: String] = [:]
        for piece in text.dropFirst("pkcs11:".count).split(whereSeparator: { ";?&".contains($0) }) {
            guard let equals = piece.firstIndex(of: "="),
                let value = String(piece[piece.index(after: equals)...]).removingPercentEncoding
            else { throw .unknown }
            values[String(piece[..<equals])] = value
        }
        guard values["pin-value"] == nil else { throw .pinOnCommandLine }
        guard let module = values["module-path"], module.hasPrefix("/"), let token = values["token"],
            let key = values["object"], let source = values["pin-source"], values.count == 4
        else { throw .unknown }
        return RootKeyToken(
            module: module, token: token, key: key, pinFile: rest(of: source, behind: "file:") ?? source)
    }

    private static func rest(of text: String, behind prefix: String) -> String? {
        text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }
}

/// Why `--to` was not understood.
enum RootKeyTargetRefusal: Explained {
    case unknown
    case pinOnCommandLine

    var explanation: Explanation {
        switch self {
        case .unknown:
            Explanation(
                code: "root_key.unknown_place", message: "There is no such place for a root key.",
                remedy: "Use file:PATH, credential:/etc/credstore/NAME, or "
                    + "pkcs11:token=T;object=KEY?module-path=/LIBRARY.so&pin-source=/PINFILE.")
        case .pinOnCommandLine:
            Explanation(
                code: "root_key.pin_on_command_line",
                message: "A PIN on the command line is visible to every user of this machine.",
                remedy: "Put it into a file of mode 0600 and name that with pin-source. Change the PIN: it was shown.")
        }
    }
}

extension RootKeySource {
    /// The settings that name this place.
    var settings: [(SettingName, String)] {
        switch self {
        case .file(let path): [(.rootKeyFile, path)]
        case .credential(let name, _): [(.rootKeyCredential, name)]
        case .token(let token):
            [
                (.rootKeyPKCS11Module, token.module), (.rootKeyPKCS11Token, token.token),
                (.rootKeyPKCS11Key, token.key),
                (.rootKeyPKCS11PINFile, token.pinFile),
            ]
        }
    }
}
