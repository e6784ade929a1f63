import Crypto
import FoundationEssentials
import GatewayCore
import TestSupport
import TokenVault

/// Sealing and opening a token of 300 bytes, derivation, commitment and padding included, beside swift-crypto's plain
/// `AES.GCM.seal` of the same size, which derives nothing and commits to nothing.
struct SealingBenchmark {
    private static let rounds = 15
    private static let operations = 4_000

    func run() throws {
        let vault = try Self.vault()
        let context = SealingContext(
            tenant: "default", table: "credentials", row: "con_benchmark", column: "access_token", generation: 1,
            organization: "acme")
        let octets = SystemRandomSource().bytes(300)
        let secret = Secret(String(octets.map { Character(UnicodeScalar($0 % 64 + 48)) }))
        let record = try vault.seal(secret, in: context)
        let key = SymmetricKey(size: .bits256)
        let plain = Array(secret.exposeText().utf8)
        let box = try AES.GCM.seal(plain, using: key)

        var times: [String: [Duration]] = [:]
        for _ in 0..<Self.rounds {
            times["seal", default: []].append(try time { _ = try vault.seal(secret, in: context) })
            times["plain seal", default: []].append(try time { _ = try AES.GCM.seal(plain, using: key) })
            times["open", default: []].append(try time { _ = try vault.open(record, in: context) })
            times["plain open", default: []].append(try time { _ = try AES.GCM.open(box, using: key) })
        }
        report(times)
    }

    private func report(_ times: [String: [Duration]]) {
        func each(_ name: String) -> Double { Times(times[name] ?? []).median / Double(Self.operations) }
        print("A record of 300 bytes, one thread, \(Self.rounds) rounds of \(Self.operations) (microseconds each)")
        for (ours, plain) in [("seal", "plain seal"), ("open", "plain open")] {
            let ratio = each(plain) / each(ours)
            print(
                "  \(ours): vault \(each(ours).hundredths), swift-crypto plain AES-GCM \(each(plain).hundredths); "
                    + "the vault is \(ratio.hundredths) times as fast")
        }
        print("  openssl speed: see below\n")
    }

    private func time(_ body: () throws -> Void) rethrows -> Duration {
        let clock = ContinuousClock()
        return try clock.measure {
            for _ in 0..<Self.operations { try body() }
        }
    }

    private static func vault() throws -> Vault {
        let rootKey = try RootKeys.draw()
        let key = try Keyring.generateDataKey(id: DataKeyID(1), state: .primary, rootKey: rootKey, at: Date())
        return Vault(keyring: try Keyring(unwrapping: [key], rootKey: rootKey))
    }
}
