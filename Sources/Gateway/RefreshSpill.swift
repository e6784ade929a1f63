import FoundationEssentials
import GatewayCore
import Glibc
package import Storage

/// Where a renewed token set waits that the database did not take: it exists nowhere else. Sealed, as in the database.
package protocol RefreshSpill: Sendable {
    /// Durable when it returns.
    func keep(_ renewal: CredentialRenewal) throws
    func remove(_ renewal: CredentialRenewal)
    /// What lies there; unreadable files are named, not skipped in silence.
    func waiting() -> (renewals: [CredentialRenewal], unreadable: [String])
}

/// A directory with one small file for each waiting token set.
package struct SpillDirectory: RefreshSpill {
    private static let suffix = ".renewal"
    /// Of a file that is being written. One that is whole is as good as the other: its writer died before it got its name.
    private static let partSuffix = suffix + ".part"
    let path: String

    package init(path: String) { self.path = path }

    package func keep(_ renewal: CredentialRenewal) throws {
        let file = file(renewal)
        let part = part(renewal)
        try write(Array(try JSONEncoder().encode(SpilledRenewal(renewal))), to: part)
        guard unsafe rename(part, file) == 0 else { throw SpillFailure() }
        try sync(directory: path)
    }

    package func remove(_ renewal: CredentialRenewal) {
        for path in [file(renewal), part(renewal)] { unsafe _ = unlink(path) }
    }

    package func waiting() -> (renewals: [CredentialRenewal], unreadable: [String]) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        var found: (renewals: [CredentialRenewal], unreadable: [String]) = ([], [])
        for name in names.sorted() {
            let isWhole = name.hasSuffix(Self.suffix)
            guard isWhole || name.hasSuffix(Self.partSuffix) else { continue }
            if let renewal = renewal(in: name) {
                found.renewals.append(renewal)
            } else if isWhole {
                // A torn part holds nothing that anybody could save.
                found.unreadable.append(name)
            }
        }
        return found
    }

    private func renewal(in name: String) -> CredentialRenewal? {
        FileManager.default.contents(atPath: path + "/" + name)
            .flatMap { try? JSONDecoder().decode(SpilledRenewal.self, from: $0) }?.renewal
    }

    private func file(_ renewal: CredentialRenewal) -> String { name(renewal) + Self.suffix }
    private func part(_ renewal: CredentialRenewal) -> String { name(renewal) + Self.partSuffix }

    private func name(_ renewal: CredentialRenewal) -> String {
        "\(path)/\(renewal.credential.connection.text).\(renewal.credential.generation)"
    }

    private func write(_ bytes: [UInt8], to file: String) throws {
        let descriptor = unsafe open(file, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)
        guard descriptor >= 0 else { throw SpillFailure() }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else { throw SpillFailure() }
            rest = rest.dropFirst(written)
        }
        guard fsync(descriptor) == 0 else { throw SpillFailure() }
    }

    private func sync(directory: String) throws {
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SpillFailure() }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SpillFailure() }
    }
}

struct SpillFailure: Error {}

/// The file's form. Sealed bytes in base 64; no secret in the clear.
private struct SpilledRenewal: Codable {
    let version: Int
    let connection: String
    let generation: UInt64
    let access_token: Data
    let refresh_token: Data?
    let key_id: String
    let scopes: String
    let access_ends_at: Date?
    let refresh_ends_at: Date?
    let at: Date
    let due: Date
    let learned_lifetime: Int?
    let outcome: String

    init(_ renewal: CredentialRenewal) {
        version = 1
        connection = renewal.credential.connection.text
        generation = renewal.credential.generation
        access_token = Data(renewal.credential.accessToken)
        refresh_token = renewal.credential.refreshToken.map { Data($0) }
        key_id = renewal.credential.keyID
        scopes = renewal.grantedScopes.text
        access_ends_at = renewal.accessTokenExpiresAt
        refresh_ends_at = renewal.refreshTokenExpiresAt
        at = renewal.at
        due = renewal.due
        learned_lifetime = renewal.learnedLifetime
        outcome = renewal.outcome
    }

    var renewal: CredentialRenewal? {
        guard version == 1, let id = ConnectionID(connection) else { return nil }
        return CredentialRenewal(
            credential: SealedCredential(
                connection: id, generation: generation, accessToken: Array(access_token),
                refreshToken: refresh_token.map { Array($0) }, keyID: key_id),
            grantedScopes: ScopeSet(parsing: scopes), accessTokenExpiresAt: access_ends_at,
            refreshTokenExpiresAt: refresh_ends_at, at: at, due: due, learnedLifetime: learned_lifetime,
            outcome: outcome)
    }
}
