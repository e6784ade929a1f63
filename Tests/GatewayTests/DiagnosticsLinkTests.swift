import Foundation
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing

@Suite("Links to diagnostics") struct DiagnosticsLinkTests {
    @Test
    func `a link opens as often as it likes for a day, and leaves one entry for being made and one for being opened`()
        async throws
    {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let (link, token) = try await gateway.diagnosticsLinks.create(for: connection, actor: .commandLine)
            for _ in 0..<3 {
                let opened = try await gateway.diagnosticsLinks.open(token)
                #expect(opened?.connection == connection.id)
            }
            gateway.clock.advance(by: DiagnosticsLinks.lifetime)
            #expect(try await gateway.diagnosticsLinks.open(token) == nil)
            let entries = try await gateway.audit.map(\.event).filter { $0.subject == link.id.text }
            #expect(entries.map(\.action) == [.diagnosticsLinkCreated, .diagnosticsLinkOpened])
            #expect(entries.last?.actor == AuditActor(kind: .diagnosticsLink, id: link.id.text))
        }
    }

    @Test func `the store knows a link by its digest only`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let (_, token) = try await gateway.diagnosticsLinks.create(for: connection, actor: .commandLine)
            #expect(token.secret.exposeText().hasPrefix("lkd_"))
            let other = BearerToken(.diagnosticsLink, random: SystemRandomSource())
            #expect(try await gateway.diagnosticsLinks.find(other) == nil)
            let texts = try await gateway.audit.map { "\($0)" }.joined()
            #expect(!texts.contains(token.secret.exposeText().dropFirst(4)))
        }
    }

    @Test func `a link that was taken back is over at once, and one of an ended connection too`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let (link, token) = try await gateway.diagnosticsLinks.create(for: connection, actor: .commandLine)
            let (_, second) = try await gateway.diagnosticsLinks.create(for: connection, actor: .commandLine)
            let revoked = try await gateway.diagnosticsLinks.revoke(link.id, of: connection, actor: .commandLine)
            #expect(revoked)
            #expect(try await gateway.diagnosticsLinks.find(token) == nil)
            #expect(try await gateway.diagnosticsLinks.find(second) != nil)
            _ = try await gateway.disconnect.run(connection, actor: .system)
            #expect(try await gateway.diagnosticsLinks.find(second) == nil)
        }
    }

    @Test func `a connection has five live links at most`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            for _ in 0..<DiagnosticsLinks.maximumLive {
                _ = try await gateway.diagnosticsLinks.create(for: connection, actor: .commandLine)
            }
            await #expect(throws: DiagnosticsLinkRefusal.tooMany) {
                _ = try await gateway.diagnosticsLinks.create(for: connection, actor: .commandLine)
            }
            gateway.clock.advance(by: DiagnosticsLinks.lifetime)
            _ = try await gateway.diagnosticsLinks.create(for: connection, actor: .commandLine)
        }
    }
}
