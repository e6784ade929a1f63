package import GatewayCore
package import Storage

extension TroubledStore {
    package func handOff(keyDigest: [UInt8], connection: ConnectionID) async throws -> HandOffRecord? {
        try await inner.handOff(keyDigest: keyDigest, connection: connection)
    }
}
