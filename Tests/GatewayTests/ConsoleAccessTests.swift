import Foundation
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing

@Suite("Console access") struct ConsoleAccessTests {
    @Test func `a sign-in link lets its first visitor in and nobody after`() async throws {
        let desk = try SampleDesk()
        let link = try await link(desk)
        let opened = await withTaskGroup(of: OpenedSession?.self) { group in
            for _ in 0..<50 {
                group.addTask { (try? await desk.consoleAccess.signIn(link: link, replacing: nil)) ?? nil }
            }
            return await group.reduce(into: [OpenedSession]()) { if let one = $1 { $0.append(one) } }
        }
        #expect(opened.count == 1)
        let session = try #require(opened.first)
        #expect(try await desk.consoleAccess.session(session.token) == session.session)
        #expect(session.session.roles == [.support] && session.session.connectSession == nil)
        #expect(try await desk.consoleAccess.signIn(link: link, replacing: nil) == nil)
    }

    @Test(arguments: [(599.0, true), (600.0, false)])
    func `a sign-in link lives ten minutes`(age: TimeInterval, works: Bool) async throws {
        let desk = try SampleDesk()
        let link = try await link(desk)
        desk.clock.advance(by: age)
        #expect((try await desk.consoleAccess.signIn(link: link, replacing: nil) != nil) == works)
    }

    @Test func `an unknown link opens nothing`() async throws {
        let desk = try SampleDesk()
        let unknown = BearerToken(.signInLink, random: SystemRandomSource())
        #expect(try await desk.consoleAccess.signIn(link: unknown, replacing: nil) == nil)
        #expect(try await desk.consoleAccess.openConnectSession(link: unknown, replacing: nil) == nil)
    }

    @Test func `a session lives eight hours`() async throws {
        let desk = try SampleDesk()
        let opened = try await opened(desk)
        desk.clock.advance(by: ConsoleAccess.sessionLifetime - 1)
        #expect(try await desk.consoleAccess.session(opened.token) != nil)
        desk.clock.advance(by: 1)
        #expect(try await desk.consoleAccess.session(opened.token) == nil)
        #expect(try await desk.consoleAccess.renew(sessionDigest: opened.session.digest) == nil)
    }

    @Test func `WEB-15 a planted session is dead once its victim has signed in`() async throws {
        let desk = try SampleDesk()
        let planted = try await opened(desk)
        let victim = try await desk.consoleAccess.signIn(link: try await link(desk), replacing: planted.token)
        #expect(victim != nil)
        #expect(try await desk.consoleAccess.session(planted.token) == nil)
    }

    @Test func `OA-29 a renewed session has a new token, keeps its name and its end, and the old token is dead`()
        async throws
    {
        let desk = try SampleDesk()
        let opened = try await opened(desk)
        desk.clock.advance(by: 3_600)
        let renewed = try #require(try await desk.consoleAccess.renew(sessionDigest: opened.session.digest))
        #expect(!renewed.token.secret.equalsInConstantTime(opened.token.secret))
        #expect(renewed.session.publicID == opened.session.publicID)
        #expect(renewed.session.expiresAt == opened.session.expiresAt)
        #expect(try await desk.consoleAccess.session(opened.token) == nil)
        #expect(try await desk.consoleAccess.renew(sessionDigest: opened.session.digest) == nil)
        #expect(try await desk.consoleAccess.session(renewed.token) == renewed.session)
    }

    @Test func `signing out ends the session and is recorded once`() async throws {
        let desk = try SampleDesk()
        let opened = try await opened(desk)
        try await desk.consoleAccess.signOut(opened.session)
        try await desk.consoleAccess.signOut(opened.session)
        #expect(try await desk.consoleAccess.session(opened.token) == nil)
        let entries = try await desk.store.auditEntries(after: 0, limit: 10)
        #expect(entries.map(\.event.action) == [.signInLinkCreated, .signedIn, .signedOut])
        #expect(entries.last?.event.actor == AuditActor(kind: .console, id: opened.session.publicID))
    }

    @Test func `a connect session's link opens once, with one role and what the product fixed`() async throws {
        let desk = try SampleDesk()
        let (session, token) = try await connectSession(desk)
        let opened = try #require(try await desk.consoleAccess.openConnectSession(link: token, replacing: nil))
        #expect(opened.session.roles == [.connect] && opened.session.connectSession?.id == session.id)
        #expect(opened.session.tenant.text == "customer-7")
        #expect(opened.session.connectSession?.subdomain == "acme")
        #expect(opened.session.connectSession?.permissionLevels == [.readAndAct, .read])
        #expect(opened.session.actor.kind == .connectSession)
        #expect(try await desk.consoleAccess.openConnectSession(link: token, replacing: nil) == nil)
    }

    @Test(arguments: [(1_799.0, true), (1_800.0, false)])
    func `a connect session's link lives thirty minutes`(age: TimeInterval, works: Bool) async throws {
        let desk = try SampleDesk()
        let (_, token) = try await connectSession(desk)
        desk.clock.advance(by: age)
        #expect((try await desk.consoleAccess.openConnectSession(link: token, replacing: nil) != nil) == works)
    }

    @Test func `a link of one kind opens no door of the other`() async throws {
        let desk = try SampleDesk()
        let (_, connect) = try await connectSession(desk)
        let console = try await link(desk)
        #expect(try await desk.consoleAccess.signIn(link: connect, replacing: nil) == nil)
        #expect(try await desk.consoleAccess.openConnectSession(link: console, replacing: nil) == nil)
        #expect(try await desk.consoleAccess.session(connect) == nil)
    }

    @Test(arguments: ["", "lks_", "lks_short", "lki_", "LKS_", " lks_"])
    func `a token that was not made here is not looked up`(text: String) throws {
        let body = String(repeating: "A", count: 43)
        #expect(BearerToken(.session, presented: text) == nil)
        #expect(BearerToken(.session, presented: "lki_" + body) == nil)
        #expect(BearerToken(.session, presented: "lks_" + body + "=") == nil)
        #expect(BearerToken(.session, presented: "lks_" + body.dropLast() + "B") == nil, "stray final bits")
        #expect(BearerToken(.session, presented: "lks_" + body) != nil)
    }

    private func link(_ desk: SampleDesk) async throws -> BearerToken {
        try await desk.consoleAccess.createSignInLink(
            tenant: .default, roles: [.support], actor: .commandLine
        ).token
    }

    private func opened(_ desk: SampleDesk) async throws -> OpenedSession {
        try #require(try await desk.consoleAccess.signIn(link: try await link(desk), replacing: nil))
    }

    private func connectSession(_ desk: SampleDesk) async throws -> (session: ConnectSession, token: BearerToken) {
        try await desk.connectSessions.create(
            ConnectSessions.Request(
                tenant: try #require(TenantID("customer-7")), permissionLevels: [.readAndAct, .read],
                organization: try OrganizationURL(subdomain: "acme", policy: .zendesk),
                returnURL: "https://product.example/done", connection: nil),
            actor: AuditActor(kind: .apiKey, id: "key_1"))
    }
}
