import AuditTrail
import FoundationEssentials
import GatewayCore
import Testing

@Suite("An entry as a leaf")
struct AuditLeafTests {
    @Test("the octets are the documented ones")
    func documentedOctets() {
        let event = AuditEvent(
            at: Date(timeIntervalSince1970: 1_790_000_000.123), actor: AuditActor(kind: .apiKey, id: "k1"),
            action: .accessDenied, outcome: .refused(code: "no"), tenant: .default, subject: "é", generation: .max,
            keyID: nil)
        var leaf = AuditLeaf()
        leaf.write(AuditRecord(index: 5, event: event))
        let expected =
            "4c4b4131" + "0000000000000005" + "000001a0c4506c7b"
            + "00000007" + [UInt8]("api_key".utf8).hex + "01" + "00000002" + "6b31"
            + "0000000d" + [UInt8]("access.denied".utf8).hex + "00000007" + [UInt8]("refused".utf8).hex
            + "01" + "00000002" + "6e6f" + "01" + "00000007" + [UInt8]("default".utf8).hex + "00"
            + "01" + "00000002" + "c3a9" + "01" + "ffffffffffffffff" + "00"
        #expect(leaf.octets.hex == expected)
        #expect(leaf.hash == TreeHash.leaf(leaf.octets))
    }

    @Test("AUD-05: a change of any one field, and a shift between neighbours, makes another leaf")
    func everyFieldCounts() {
        let id = ConnectionID(random: SystemRandomSource())
        func hash(
            index: Int64 = 1, at: Double = 1, actor: AuditActor = .system, action: AuditAction = .signedIn,
            outcome: AuditOutcome = .succeeded, tenant: TenantID? = nil, connection: ConnectionID? = nil,
            subject: String? = nil, generation: UInt64? = nil, keyID: String? = nil
        ) -> TreeHash {
            AuditRecord(
                index: index,
                event: AuditEvent(
                    at: Date(timeIntervalSince1970: at), actor: actor, action: action, outcome: outcome,
                    tenant: tenant, connection: connection, subject: subject, generation: generation, keyID: keyID)
            ).leafHash
        }
        let leaves = [
            hash(), hash(index: 2), hash(at: 1.001), hash(actor: .commandLine),
            hash(actor: AuditActor(kind: .system, id: "")), hash(actor: AuditActor(kind: .system, id: "a")),
            hash(action: .signedOut), hash(outcome: .failed(code: "")), hash(outcome: .refused(code: "")),
            hash(outcome: .refused(code: "a")), hash(tenant: .default), hash(connection: id),
            hash(subject: "default"), hash(subject: ""), hash(subject: "a"), hash(generation: 0),
            hash(generation: 1), hash(keyID: ""), hash(keyID: "a"), hash(subject: "a", keyID: "b"),
            hash(subject: "ab"), hash(keyID: "ab"),
        ]
        #expect(Set(leaves).count == leaves.count)
    }

    @Test("a zero octet in a text is replaced, for a database would end the text there")
    func zeroOctet() {
        let event = AuditEvent(at: Date(), actor: .system, action: .signedIn, subject: "a\u{0}b")
        #expect(AuditRecord(index: 1, event: event).subject == "a\u{FFFD}b")
    }
}
