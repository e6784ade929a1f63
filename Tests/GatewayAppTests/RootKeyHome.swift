import Foundation
import GatewayApp
import TestSupport
import Testing

/// An installation whose root key lies in one of the three places, with sealed records.
struct RootKeyHome: Sendable {
    enum Place: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case file, credential, token

        var testDescription: String { rawValue }
    }

    struct NoTokens: Error, CustomStringConvertible {
        let description = "SoftHSM or pkcs11-tool is not installed; run: sh scripts/prepare.sh test"
    }

    static let module = "/usr/lib/softhsm/libsofthsm2.so"
    static let records = 3

    let scratch: Scratch
    let place: Place
    let environment: [String: String]

    /// Made from nothing, by the commands that an operator uses.
    init(_ place: Place, in scratch: Scratch) async throws {
        self.scratch = scratch
        self.place = place
        environment = try await Self.environment(place, in: scratch)
        for arguments in [["keys", "init"], ["migrate"]] {
            let outcome = try await latchkey(arguments)
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
        }
        for number in 0..<Self.records {
            let made = try await latchkey([
                "webhooks", "create", "--yes", "--tenant", "t\(number)", "--url", "https://hooks.example/\(number)",
            ])
            #expect(made.status == 0, "\(made.errors)")
        }
    }

    private init(_ other: RootKeyHome, _ environment: [String: String], _ place: Place) {
        scratch = other.scratch
        self.place = place
        self.environment = environment
    }

    /// The same installation, with settings that look for the root key elsewhere.
    func looking(_ place: Place) async throws -> RootKeyHome {
        RootKeyHome(self, try await Self.environment(place, in: scratch), place)
    }

    private static func environment(_ place: Place, in scratch: Scratch) async throws -> [String: String] {
        var environment = try scratch.goodEnvironment(port: FreePort.take(), makesRootKey: false)
        switch place {
        case .file: break
        case .credential:
            let directory = scratch.path + "/credstore"
            try? FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            environment["CREDENTIALS_DIRECTORY"] = directory
            environment["LATCHKEY_ROOT_KEY_CREDENTIAL"] = "latchkey-root-key"
        case .token:
            environment["LATCHKEY_ROOT_KEY_PKCS11_MODULE"] = module
            environment["LATCHKEY_ROOT_KEY_PKCS11_TOKEN"] = "vault"
            environment["LATCHKEY_ROOT_KEY_PKCS11_KEY"] = "root-key"
            environment["LATCHKEY_ROOT_KEY_PKCS11_PIN_FILE"] = scratch.path + "/pin"
        }
        if place != .file { environment["LATCHKEY_ROOT_KEY_FILE"] = nil }
        environment["SOFTHSM2_CONF"] = try await softHSM(in: scratch)
        return environment
    }

    /// A token store of this test's own.
    private static func softHSM(in scratch: Scratch) async throws -> String {
        guard FileManager.default.fileExists(atPath: module) else { throw NoTokens() }
        let configuration = scratch.path + "/softhsm2.conf"
        guard !FileManager.default.fileExists(atPath: configuration) else { return configuration }
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/tokens", withIntermediateDirectories: false)
        try scratch.write(
            "softhsm2.conf", "directories.tokendir = \(scratch.path)/tokens\nobjectstore.backend = file\n")
        try scratch.write("pin", "314159\n")
        let made = try await Executable(name: "softhsm2-util", directory: "/usr/bin").run(
            ["--init-token", "--free", "--label", "vault", "--pin", "314159", "--so-pin", "271828"],
            environment: ["SOFTHSM2_CONF": configuration], in: scratch)
        guard made.status == 0 else { throw NoTokens() }
        return configuration
    }

    /// Another program's key under the label of ours: one that may leave the token.
    func plantForeignKey() async throws {
        try await onToken(["--keygen", "--key-type", "GENERIC:64", "--extractable", "--label", "root-key"])
    }

    func removeKeys() async throws {
        try await onToken(["--delete-object", "--type", "secrkey", "--label", "root-key"])
    }

    private func onToken(_ arguments: [String]) async throws {
        let outcome = try await Executable(name: "pkcs11-tool", directory: "/usr/bin").run(
            ["--module", Self.module, "--token-label", "vault", "--login", "--pin", "314159"] + arguments,
            environment: ["SOFTHSM2_CONF": scratch.path + "/softhsm2.conf"], in: scratch)
        guard outcome.status == 0 else { throw NoTokens() }
    }

    func latchkey(_ arguments: [String]) async throws -> Executable.Outcome {
        try await Executable.latchkey.run(arguments, environment: environment, in: scratch)
    }

    /// Replaces the root key and dies at the step, with the power if there is a disk that forgets.
    func crash(at step: String, movingTo target: Place? = nil, on disk: LostWrites? = nil) async throws -> Int32 {
        try disk?.adopt(directories)
        var arguments = [step, scratch.path + "/latchkey.sqlite", name(place)]
        if let target { arguments.append(name(target)) }
        let outcome = try await Executable(name: "root-key-crasher").run(
            arguments, environment: environment.merging(disk?.environment ?? [:]) { $1 }, in: scratch)
        #expect(!outcome.output.contains("failed"), "\(outcome.output)")
        if let disk { try forget(disk) }
        return outcome.status
    }

    private var directories: [String] {
        [scratch.path, scratch.path + "/credstore"].filter { FileManager.default.fileExists(atPath: $0) }
    }

    /// Database and root keys become what the disk kept of them.
    private func forget(_ disk: LostWrites) throws {
        func isOurs(_ name: String) -> Bool { ["latchkey", "root.key"].contains { name.hasPrefix($0) } }
        for directory in directories {
            let kept = directory + "/kept-\(UUID().uuidString)"
            try disk.cutPower(directory, to: kept, isTorn: false)
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) where isOurs(name) {
                try FileManager.default.removeItem(atPath: directory + "/" + name)
            }
            for name in try FileManager.default.contentsOfDirectory(atPath: kept) where isOurs(name) {
                try FileManager.default.moveItem(atPath: kept + "/" + name, toPath: directory + "/" + name)
            }
        }
    }

    private func name(_ place: Place) -> String {
        switch place {
        case .file: scratch.path + "/root.key"
        case .credential: "credential:\(scratch.path)/credstore/latchkey-root-key"
        case .token: "token:\(Self.module):vault:root-key:\(scratch.path)/pin"
        }
    }

    /// As `--to` wants it.
    func target(_ place: Place) -> String {
        switch place {
        case .file: "file:\(scratch.path)/root.key"
        case .credential: "credential:\(scratch.path)/credstore/latchkey-root-key"
        case .token:
            "pkcs11:token=vault;object=root-key?module-path=\(Self.module)&pin-source=\(scratch.path)/pin"
        }
    }

    /// Every record opens, in a process that starts now.
    func everythingOpens() async throws -> Bool {
        let outcome = try await latchkey(["keys", "verify", "--json"])
        return outcome.status == 0 && outcome.output.contains("\"opened\":\(Self.records)")
    }

    /// What lies about where root keys are kept in files.
    var leftovers: [String] {
        let names = [scratch.path, scratch.path + "/credstore"].flatMap {
            (try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? []
        }
        return names.filter { $0.hasSuffix(".next") }
    }
}
