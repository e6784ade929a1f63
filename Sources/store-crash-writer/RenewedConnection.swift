import FoundationEssentials
import GatewayCore
import Storage

/// One connection whose tokens are renewed again and again, as a refresh does it: entry, new pair, acknowledged as
/// `ID GENERATION` once the store has returned. What is stored follows from these two words.
enum RenewedConnection {
    static func make(in store: any GatewayStore, while goesOn: () -> Bool, acknowledge: (String) -> Void) async throws {
        let id = ConnectionID(random: SystemRandomSource())
        let first = CommittedConnection.connection(id, generation: 1)
        try await store.saveConnected(
            first, credential: credential(of: id, generation: 1), replacing: nil,
            audit: [CommittedConnection.event(of: first)])
        acknowledge("\(id) 1")
        var generation: UInt64 = 1
        while goesOn() {
            generation += 1
            let now = first.createdAt.addingTimeInterval(Double(generation))
            let event = CommittedConnection.event(of: CommittedConnection.connection(id, generation: generation))
            let turn = try await store.beginRefresh(
                of: id, generation: generation - 1,
                by: RefreshHolder(name: "writer", at: now, until: now.addingTimeInterval(35)), audit: event)
            guard case .begun = turn else { return acknowledge("failed: \(turn)") }
            try await store.replaceCredential(renewal(of: id, generation: generation, at: now), audit: [event])
            acknowledge("\(id) \(generation)")
        }
    }

    static func credential(of id: ConnectionID, generation: UInt64) -> SealedCredential {
        CommittedConnection.credential(of: CommittedConnection.connection(id, generation: generation))
    }

    private static func renewal(of id: ConnectionID, generation: UInt64, at: Date) -> CredentialRenewal {
        CredentialRenewal(
            credential: credential(of: id, generation: generation), grantedScopes: ScopeSet(["read"]),
            accessTokenExpiresAt: at.addingTimeInterval(172_800),
            refreshTokenExpiresAt: at.addingTimeInterval(7_776_000),
            at: at, due: at.addingTimeInterval(80_000), learnedLifetime: nil, outcome: "renewed")
    }
}
