import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import TokenVault

/// What somebody does who can write to the database and has no key.
enum RowMove: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case ofAnotherRow = "CR-10: the token of another row of the tenant"
    case ofAnotherTenant = "CR-11: the token of another tenant's row"
    case ofAnotherColumn = "CR-12: access and refresh token in each other's column"
    case underAnotherID = "CR-13: a whole row under another id"
    case underAnotherOrganization = "CR-13: the row under another organization"
    case underAnotherTenant = "CR-13: the row under another tenant"
    case ofAnotherInstallation = "CR-13: the same row as another installation seals it"
    case ofAnEarlierGeneration = "CR-16: one column of an earlier generation"
    case underAnotherKey = "CR-15: the key's id altered to another valid key"

    var testDescription: String { rawValue }
}

/// The cases of the record format once more, against tables and tokens of a gateway that connected for real.
@Suite("Rows that were moved") struct MovedRowTests {
    @Test(
        "CR-10, CR-11, CR-12, CR-13, CR-15, CR-16: is given to nobody, named by the proof, and left alone by a reseal",
        arguments: RowMove.allCases)
    func moved(move: RowMove) async throws {
        try await withKeyFile { world, directory, open in
            try await withGateway(
                store: try await SQLiteStore.open(path: directory + "/gateway.db", createIfMissing: true)
            ) {
                gateway in
                let victim = try await gateway.connect("acme")
                let other = try await gateway.connect(
                    "noguide",
                    in: try await gateway.signIn(tenant: move == .ofAnotherTenant ? Self.stranger : .default).session)
                let keyring = try await LiveKeyring(
                    store: gateway.store, rootKey: gateway.rootKey, clock: gateway.clock)
                let rotation = KeyRotation(
                    store: gateway.store, keyring: keyring, clock: gateway.clock, random: SystemRandomSource())
                let broker = TokenBroker(
                    store: gateway.store, credentials: CredentialVault(keyring: keyring), clock: gateway.clock,
                    refresher: gateway.refresher)
                let former = try #require(try await gateway.store.credential(of: victim.id))
                if move == .ofAnEarlierGeneration || move == .underAnotherKey {
                    _ = try await gateway.broker.refresh(victim.id, actor: .system)
                }
                _ = try await broker.accessToken(for: victim.id)
                #expect(try await rotation.verify(actor: .system).isComplete, "the control")
                if move == .underAnotherKey { _ = try await rotation.generate(actor: .system) }
                gateway.transport.forget()

                let file = TamperedFile(path: directory + "/gateway.db")
                try file.make(
                    move, of: victim, former: former,
                    other: try #require(try await gateway.store.credential(of: other.id)),
                    stranger: world.rows)
                await #expect(throws: VaultError.cannotOpen) { try await broker.accessToken(for: victim.id) }
                #expect(gateway.transport.calls.isEmpty, "and nothing is sent")
                let before = try await gateway.store.credential(of: victim.id)
                let proof = try await rotation.verify(actor: .system)
                #expect(proof.unreadable.contains("credentials \(victim.id.text)"))
                _ = try? await rotation.rotate(isFresh: true, actor: .system)
                #expect(try await gateway.store.credential(of: victim.id) == before)
            }
        }
    }

    static let stranger: TenantID = {
        guard let tenant = TenantID("umbrella") else { preconditionFailure("no tenant") }
        return tenant
    }()
}

extension TamperedFile {
    fileprivate func make(
        _ move: RowMove, of victim: Connection, former: SealedCredential, other: SealedCredential, stranger: PlantedRows
    ) throws {
        func set(_ assignments: String, _ octets: [[UInt8]], _ texts: [String] = []) throws {
            try execute(
                "UPDATE credentials SET \(assignments) WHERE connection_id = ?", octets, texts + [victim.id.text])
        }
        switch move {
        case .ofAnotherRow, .ofAnotherTenant: try set("access_token = ?", [other.accessToken])
        case .ofAnotherColumn: try set("access_token = refresh_token, refresh_token = access_token", [])
        case .underAnotherID:
            try set("access_token = ?, refresh_token = ?", [other.accessToken, other.refreshToken ?? []])
        case .underAnotherOrganization:
            try execute("UPDATE connections SET subdomain = 'fenced' WHERE id = ?", [], [victim.id.text])
        case .underAnotherTenant:
            try execute("UPDATE connections SET tenant = 'umbrella' WHERE id = ?", [], [victim.id.text])
        case .ofAnotherInstallation:
            // Its data key has the same name.
            let sealed = try stranger.credential(of: victim, token: "of another installation")
            try set("access_token = ?, refresh_token = ?", [sealed.accessToken, sealed.refreshToken ?? []])
        case .ofAnEarlierGeneration: try set("access_token = ?", [former.accessToken])
        case .underAnotherKey:
            try execute(
                "UPDATE credentials SET access_token = CAST(substr(access_token, 1, 9) || x'02' || substr(access_token, 11) AS BLOB), key_id = 'dk-2' WHERE connection_id = ?",
                [], [victim.id.text])
        }
    }
}
