import ArgumentParser
import FoundationEssentials
import ZendeskEmulator

/// The client that the options describe.
struct ClientChoice {
    let client: EmulatorClient

    init(_ options: Emulator) throws {
        let redirectURIs =
            options.redirectURIs.isEmpty ? ["http://localhost:8080/oauth/callback"] : options.redirectURIs
        client = EmulatorClient(
            identifier: options.clientIdentifier, name: "Latchkey",
            kind: options.publicClient ? .public : .confidential,
            secret: options.publicClient ? nil : try Self.secret(options.clientSecretFile), redirectURIs: redirectURIs)
    }

    private static func secret(_ file: String?) throws -> String {
        guard let file else { return generated() }
        guard let bytes = try? Data(contentsOf: URL(filePath: file)),
            let first = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first
        else { throw ValidationError("The secret file cannot be read or is empty.") }
        return String(first)
    }

    private static func generated() -> String {
        (0..<64).map { _ in String(Int.random(in: 0..<16), radix: 16) }.joined()
    }
}
