import Foundation
import Gateway
import GatewayCore
import HTTPTypes
import Storage
import StorageSQLite
import TestSupport
import Testing
import TokenVault
import ZendeskEmulator

@Suite("Revocations that wait") struct RevocationQueueTests {
    @Test("OA-98: with Zendesk down nothing is handed out from the first moment, and its return ends the token")
    func outage() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.silence()
            let receipt = try await gateway.disconnect.run(connection, actor: .commandLine)
            #expect(receipt.isQueued && !receipt.verifiedDead)
            await #expect(throws: TokenRefusal.self) { try await gateway.broker.accessToken(for: connection.id) }
            #expect(gateway.standIn.liveTokens("acme").count == 1)
            // An hour of silence does not make it ask less often than within half a minute of Zendesk's return.
            for _ in 0..<60 {
                gateway.clock.advance(by: 60)
                try await gateway.revocations.runDue()
            }
            gateway.transport.before(nil)
            gateway.clock.advance(by: 25)
            try await gateway.revocations.runDue()
            #expect(gateway.standIn.liveTokens("acme").isEmpty)
            #expect(try await gateway.settled == [.succeeded])
            #expect(try await gateway.store.connection(connection.id)?.statusReason == nil)
            #expect(try await gateway.store.recordCounts().isEmpty, "nothing sealed is left")
        }
    }

    @Test("OA-98: while nobody answers an organization costs one request an attempt, however many tokens wait")
    func oneRequestForSilence() async throws {
        try await withGateway { gateway in
            for name in ["one", "two", "three"] {
                let session = try await gateway.signIn(tenant: try #require(TenantID(name))).session
                let connection = try await gateway.connect(in: session)
                gateway.silence()
                _ = try await gateway.disconnect.run(connection, actor: .system)
                gateway.transport.before(nil)
            }
            gateway.silence()
            gateway.clock.advance(by: 20)
            gateway.transport.forget()
            try await gateway.revocations.runDue()
            #expect(gateway.transport.calls.count == 1)
            try await gateway.revocations.runDue()
            #expect(gateway.transport.calls.count == 1, "none of them is due again at once")
        }
    }

    @Test("OA-98: a silent organization does not keep another one's token alive")
    func bulkhead() async throws {
        try await withGateway { gateway in
            let silent = try await gateway.connect("acme")
            let other = try await gateway.connect("noguide")
            gateway.silence()
            for connection in [silent, other] { _ = try await gateway.disconnect.run(connection, actor: .system) }
            gateway.clock.advance(by: 20)
            gateway.transport.before { request throws(TransportFailure) in
                if request.organization.subdomain == "acme" { throw .timedOut }
                return nil
            }
            try await gateway.revocations.runDue()
            #expect(gateway.standIn.liveTokens("noguide").isEmpty)
            #expect(gateway.standIn.liveTokens("acme").count == 1)
        }
    }

    @Test("OA-99: a 503 with Retry-After is tried again after the stated time and not before")
    func statedTime() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.transport.before { request throws(TransportFailure) in
                guard request.method == .delete else { return nil }
                return OutboundResponse(status: .serviceUnavailable, headerFields: [.retryAfter: "120"])
            }
            _ = try await gateway.disconnect.run(connection, actor: .system)
            gateway.transport.before(nil)
            gateway.clock.advance(by: 119)
            try await gateway.revocations.runDue()
            #expect(gateway.standIn.liveTokens("acme").count == 1)
            gateway.clock.advance(by: 1)
            try await gateway.revocations.runDue()
            #expect(gateway.standIn.liveTokens("acme").isEmpty)
        }
    }

    @Test("OA-99: a refusal that lasts is asked about ever less often, at the latest after fifteen minutes")
    func backOff() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect(level: .read)
            _ = try await gateway.disconnect.run(connection, actor: .system)
            var delays: [TimeInterval] = []
            for _ in 0..<8 {
                let waiting = try #require(try await gateway.store.pendingRevocations(of: connection.id).first)
                let delay = waiting.nextAttemptAt.timeIntervalSince(gateway.clock.now)
                delays.append(delay)
                gateway.clock.advance(by: delay)
                try await gateway.revocations.runDue()
            }
            #expect(delays == [30, 60, 120, 240, 480, 900, 900, 900])
        }
    }

    @Test("OA-98: a token of level Read that may not end itself is settled when it has certainly ended, and not before")
    func ownEnd() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect(level: .read)
            _ = try await gateway.disconnect.run(connection, actor: .system)
            gateway.silence()
            gateway.clock.advance(by: 172_800 + 299)
            try await gateway.revocations.runDue()
            #expect(try await gateway.store.pendingRevocationCount() == 1, "our clock may be ahead of Zendesk's")
            gateway.clock.advance(by: 900)
            try await gateway.revocations.runDue()
            #expect(try await gateway.settled == [.failed(code: "revocation.expired")])
            #expect(try await gateway.store.connection(connection.id)?.statusReason == "revocation.expired")
            #expect(try await gateway.store.recordCounts().isEmpty)
        }
    }

    @Test("OA-98: a 401 to a token that had run out by itself proves nothing, and no receipt says that it does")
    func ranOut() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.clock.advance(by: 172_800 - 20)
            let other = try await gateway.connect("noguide")
            gateway.clock.advance(by: 30)
            let receipt = try await gateway.disconnect.run(connection, actor: .system)
            #expect(!receipt.revoked && !receipt.verifiedDead && !receipt.isQueued)
            #expect(try await gateway.settled == [.failed(code: "revocation.expired")])
            #expect(try await gateway.store.connection(connection.id)?.statusReason == "revocation.expired")
            let again = try await gateway.disconnect.run(connection, actor: .system)
            #expect(!again.verifiedDead && !again.isQueued)
            // What Zendesk deleted in time is dead, however near its end.
            gateway.clock.advance(by: 172_800 - 50)
            let inTime = try await gateway.disconnect.run(other, actor: .system)
            #expect(inTime.revoked && inTime.verifiedDead)
        }
    }

    @Test("OA-98: a receipt says queued only while something waits")
    func nothingWaits() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.clock.advance(by: 172_800 + 301)
            gateway.silence()
            let receipt = try await gateway.disconnect.run(connection, actor: .system)
            #expect(try await gateway.store.pendingRevocationCount() == 0)
            #expect(!receipt.isQueued && !receipt.verifiedDead && !receipt.revoked)
        }
    }

    @Test("OA-98: a token without a known end is never given up as expired")
    func unknownEnd() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect(level: .read)
            var endless = connection
            endless.accessTokenExpiresAt = nil
            try await gateway.revocations.revoke(Secret("not a token of theirs"), of: endless)
            // Zendesk answered 401: dead, whoever's it was.
            #expect(try await gateway.settled == [.succeeded])
            gateway.silence()
            try await gateway.revocations.revoke(Secret("another"), of: endless)
            gateway.clock.advance(by: 400 * 86_400)
            try await gateway.revocations.runDue()
            #expect(try await gateway.store.pendingRevocationCount() == 1)
        }
    }

    @Test("OA-98: what an admin deletes by hand meanwhile is noticed")
    func byHand() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect(level: .read)
            _ = try await gateway.disconnect.run(connection, actor: .system)
            gateway.standIn.revoke("acme")
            gateway.clock.advance(by: 30)
            try await gateway.revocations.runDue()
            #expect(try await gateway.settled == [.succeeded])
        }
    }

    @Test("a new connection that may write ends the token of level Read that the last one left behind")
    func helped() async throws {
        try await withGateway { gateway in
            let first = try await gateway.connect(level: .read)
            _ = try await gateway.disconnect.run(first, actor: .system)
            let second = try await gateway.connect(level: .readAndAct)
            #expect(second.id != first.id && gateway.standIn.liveTokens("acme").count == 2)
            gateway.clock.advance(by: 30)
            try await gateway.revocations.runDue()
            #expect(gateway.standIn.liveTokens("acme").count == 1)
            #expect(try await gateway.settled == [.succeeded])
            #expect(try await gateway.broker.accessToken(for: second.id).generation == 1)
        }
    }

    @Test("RT-35: a reconnect between reading and erasing is not erased unrevoked; its tokens die too")
    func reconnectInBetween() async throws {
        try await withGateway { gateway in
            let first = try await gateway.connect()
            gateway.store.before(.eraseCredential) { try await gateway.connect() }
            let receipt = try await gateway.disconnect.run(first, actor: .system)
            #expect(receipt.verifiedDead)
            #expect(gateway.standIn.counters.issued == 2 && gateway.standIn.liveTokens("acme").isEmpty)
            #expect(try await gateway.store.credential(of: first.id) == nil)
            let ended = try await gateway.audit.filter { $0.event.action == .connectionDisconnected }
            #expect(ended.map(\.event.generation) == [2])
            try await checkInvariants(gateway)
        }
    }

    @Test("RT-35: tokens that arrive after the disconnect are revoked and resurrect nothing")
    func lateTokens() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let credential = try #require(try await gateway.store.credential(of: connection.id))
            _ = try await gateway.disconnect.run(connection, actor: .system)
            let session = try await gateway.signIn(tenant: try #require(TenantID("late"))).session
            _ = try await gateway.connect(in: session)
            let late = try #require(gateway.standIn.liveTokens("acme").first)
            try await gateway.revocations.revoke(Secret(late.accessToken), of: connection)
            #expect(gateway.standIn.liveTokens("acme").isEmpty)
            #expect(try await gateway.store.credential(of: connection.id) == nil)
            #expect(try await gateway.store.connection(connection.id)?.status == .disconnected)
            #expect(credential.generation == 1)
        }
    }

    @Test("a token that waits opens in its own place only")
    func ownPlace() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.silence()
            _ = try await gateway.disconnect.run(connection, actor: .system)
            let waiting = try #require(try await gateway.store.pendingRevocations(of: connection.id).first)
            let record = try SealedRecord(parsing: waiting.accessToken)
            func context(_ table: String, _ row: String) -> SealingContext {
                SealingContext(
                    tenant: "default", table: table, row: row, column: "access_token", generation: 1,
                    organization: "acme")
            }
            #expect(throws: VaultError.cannotOpen) {
                try gateway.vault.open(record, in: context("credentials", connection.id.text))
            }
            #expect(throws: VaultError.cannotOpen) {
                try gateway.vault.open(
                    record, in: context("pending_revocations", RevocationID(random: SystemRandomSource()).text))
            }
            #expect(throws: Never.self) {
                try gateway.vault.open(record, in: context("pending_revocations", waiting.id.text))
            }
        }
    }
}

extension SampleGateway {
    /// Zendesk is down, for everybody.
    func silence() {
        transport.before { _ throws(TransportFailure) in throw .connectionRefused }
    }
}
