import Foundation
import GatewayApp
import Testing

@Suite("Settings of the root key")
struct RootKeySettingsTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func sentence(_ changes: [String: String], about name: String) throws -> String {
        try problems(changes, in: scratch).filter { $0.name == name }.map(\.sentence).joined()
    }

    @Test("CR-27: a root key or a PIN in the environment is refused, and not repeated")
    func environment() throws {
        let key = String(repeating: "5a", count: 32)
        #expect(try sentence(["LATCHKEY_ROOT_KEY": key], about: "LATCHKEY_ROOT_KEY").contains("other processes"))
        #expect(
            try sentence(["LATCHKEY_ROOT_KEY_FILE": key], about: "LATCHKEY_ROOT_KEY_FILE").contains("a key and not"))
        let pin = try sentence(["LATCHKEY_ROOT_KEY_PKCS11_PIN": "314159"], about: "LATCHKEY_ROOT_KEY_PKCS11_PIN")
        #expect(pin.contains("PIN_FILE"))
        for problem in try problems(["LATCHKEY_ROOT_KEY": key, "LATCHKEY_ROOT_KEY_FILE": key], in: scratch) {
            #expect(!problem.text.contains(key))
        }
    }

    @Test("KEY-22: there is one place for the root key, and a token needs all of its settings")
    func onePlace() throws {
        let both = try sentence(
            ["LATCHKEY_ROOT_KEY_CREDENTIAL": "root-key"], about: "LATCHKEY_ROOT_KEY_CREDENTIAL")
        #expect(both.contains("LATCHKEY_ROOT_KEY_FILE is set as well"))
        let alone = try sentence(
            ["LATCHKEY_ROOT_KEY_FILE": "", "LATCHKEY_ROOT_KEY_CREDENTIAL": "root-key"],
            about: "LATCHKEY_ROOT_KEY_CREDENTIAL")
        #expect(alone.contains("CREDENTIALS_DIRECTORY is not set"))
        let path = try sentence(
            [
                "LATCHKEY_ROOT_KEY_FILE": "", "LATCHKEY_ROOT_KEY_CREDENTIAL": "../root-key",
                "CREDENTIALS_DIRECTORY": "/run",
            ],
            about: "LATCHKEY_ROOT_KEY_CREDENTIAL")
        #expect(path.contains("not a path"))
        let token = ["LATCHKEY_ROOT_KEY_FILE": "", "LATCHKEY_ROOT_KEY_PKCS11_MODULE": "libsofthsm2.so"]
        #expect(
            try Set(problems(token, in: scratch).map(\.name)) == [
                "LATCHKEY_ROOT_KEY_PKCS11_TOKEN", "LATCHKEY_ROOT_KEY_PKCS11_KEY", "LATCHKEY_ROOT_KEY_PKCS11_PIN_FILE",
            ])
    }

    @Test("KEY-22: a token that cannot be used is named by what is wrong with it")
    func token() throws {
        let pin = try scratch.write("pin", "1234\n")
        let base = [
            "LATCHKEY_ROOT_KEY_FILE": "", "LATCHKEY_ROOT_KEY_PKCS11_TOKEN": "t", "LATCHKEY_ROOT_KEY_PKCS11_KEY": "k",
            "LATCHKEY_ROOT_KEY_PKCS11_PIN_FILE": pin, "LATCHKEY_ROOT_KEY_PKCS11_MODULE": "/nowhere/lib.so",
        ]
        let name = "LATCHKEY_ROOT_KEY_PKCS11_MODULE"
        #expect(try sentence(base, about: name).contains("library cannot be loaded"))
        let relative = base.merging([name: "lib.so"]) { $1 }
        #expect(try sentence(relative, about: name).contains("whole path"))
        // A library that is none.
        let other = base.merging([name: "/lib/x86_64-linux-gnu/libm.so.6"]) { $1 }
        #expect(try sentence(other, about: name).contains("library cannot be loaded"))
    }

    @Test(
        "--to names a place, and a PIN never stands in it",
        arguments: [
            "nowhere", "file:", "credential:name", "credential:/", "pkcs11:token=t",
            "pkcs11:token=t;object=k?module-path=lib.so&pin-source=/p",
        ])
    func target(text: String) async throws {
        let environment = try scratch.goodEnvironment()
        let outcome = try await Executable.latchkey.run(
            ["keys", "rotate-root", "--yes", "--to", text], environment: environment, in: scratch)
        #expect(outcome.status == 64 && outcome.errors.contains("no such place"), "\(outcome.errors)")
        let shown = try await Executable.latchkey.run(
            ["keys", "rotate-root", "--yes", "--to", "pkcs11:token=t;object=k?module-path=/l.so&pin-value=1234"],
            environment: environment, in: scratch)
        #expect(shown.status == 64 && shown.errors.contains("visible to every user") && !shown.errors.contains("1234"))
    }
}
