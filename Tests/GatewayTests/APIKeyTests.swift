import Foundation
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing

@Suite("API keys") struct APIKeyTests {
    @Test func `a key is known by what was shown once, with its scopes and tenant`() async throws {
        let desk = try SampleDesk()
        let tenant = try #require(TenantID("customer-7"))
        let made = try await desk.apiKeys.create(
            name: "sync", scopes: [.credentialsRead, .proxy], tenant: tenant, actor: .commandLine)
        let text = made.token.secret.exposeText()
        #expect(text.hasPrefix("lk_") && text.utf8.count == 46)
        let found = try #require(try await desk.apiKeys.authenticate(text))
        #expect(found == made.key && found.tenant == tenant && found.scopes == [.credentialsRead, .proxy])
    }

    @Test func `a revoked key opens nothing, and is revoked once`() async throws {
        let desk = try SampleDesk()
        let made = try await desk.apiKeys.create(name: "a", scopes: [.connect], tenant: nil, actor: .commandLine)
        #expect(try await desk.apiKeys.revoke(made.key.id, actor: .commandLine))
        #expect(try await !desk.apiKeys.revoke(made.key.id, actor: .commandLine))
        #expect(try await desk.apiKeys.authenticate(made.token.secret.exposeText()) == nil)
        #expect(try await desk.apiKeys.all().first?.revokedAt == desk.clock.now)
        let actions = try await desk.store.auditEntries(after: 0, limit: 10).map(\.event.action)
        #expect(actions == [.apiKeyCreated, .apiKeyRevoked])
    }

    @Test func `OA-101 what is no key of ours opens nothing`() async throws {
        let desk = try SampleDesk()
        let made = try await desk.apiKeys.create(name: "a", scopes: [.connect], tenant: nil, actor: .commandLine)
        let text = made.token.secret.exposeText()
        let session = BearerToken(.session, random: SystemRandomSource()).secret.exposeText()
        let other = BearerToken(.apiKey, random: SystemRandomSource()).secret.exposeText()
        for wrong in ["", "lk_", text + "A", String(text.dropLast()), text.uppercased(), " " + text, session, other] {
            #expect(try await desk.apiKeys.authenticate(wrong) == nil)
        }
        let hex = made.token.digest.map { String($0, radix: 16) }.joined()
        #expect(try await desk.apiKeys.authenticate("lk_" + hex) == nil)
    }

    @Test func `neither a list nor the audit log holds a key`() async throws {
        let desk = try SampleDesk()
        let made = try await desk.apiKeys.create(name: "a", scopes: [.connect], tenant: nil, actor: .commandLine)
        let body = String(made.token.secret.exposeText().dropFirst(3))
        let entries = try await desk.store.auditEntries(after: 0, limit: 10)
        let told =
            Rendering.of(made.key) + Rendering.of(made.token) + Rendering.of(entries)
            + Rendering.of(try await desk.apiKeys.all())
        #expect(!told.contains(body))
    }
}
