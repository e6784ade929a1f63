import GatewayCore
import Synchronization
import TestSupport
import Testing
import ZendeskEmulator

@testable import Preflight

/// Holds calls back until a test lets a whole round of them go.
private final class Rounds: Sendable {
    private struct State {
        var held: [String: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    func hold(_ path: String) async {
        await withCheckedContinuation { held in
            state.withLock { $0.held[Self.name(path)] = held }
        }
    }

    /// True when exactly these calls are under way at the same time; then they go on. All go on in any case.
    func release(_ expected: Set<String>) async -> Bool {
        let end = ContinuousClock.now + .seconds(60)
        while waiting != expected, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(1)) }
        let held = state.withLock { state in
            defer { state.held = [:] }
            return state.held
        }
        for call in held.values { call.resume() }
        return Set(held.keys) == expected
    }

    var waiting: Set<String> { state.withLock { Set($0.held.keys) } }

    private static func name(_ path: String) -> String {
        let path = path.prefix { $0 != "?" }
        return path.hasSuffix("/entitlements/full") ? "entitlements" : String(path.split(separator: "/").last ?? "")
    }
}

@Suite("Calls of a full run") struct CallsTests {
    /// The longest chain is four calls: the first question, who am I, the Guide role, the brands. Each round holds all its calls
    /// at once, so a runner that asked one after the other would never get past the second.
    @Test func `a full run is four rounds of calls and eight calls in all`() async throws {
        let asked = try AskedOrganization("noguide")
        let rounds = Rounds()
        asked.transport.before { request throws(TransportFailure) in
            await rounds.hold(request.path)
            return nil
        }
        let work = Task { try await asked.report() }
        let expected: [Set<String>] = [
            ["public.json"], ["new", "me.json"],
            ["users.json", "entitlements", "security_settings.json", "audit_logs.json"],
            ["brands.json"],
        ]
        for (number, round) in expected.enumerated() {
            let came = await rounds.release(round)
            #expect(came, "round \(number + 1): \(rounds.waiting)")
            if !came { work.cancel() }
        }
        let report = try await work.value
        #expect(report.checks.filter { $0.status != .pass }.map(\.code) == ["guide_role.admin"])
        #expect(asked.transport.calls.count == 8)
    }

    @Test func `an answer that five checks need is asked for once`() async throws {
        let asked = try AskedOrganization()
        _ = try await asked.report()
        #expect(asked.transport.calls(to: Path.me).count == 1 && asked.transport.calls(to: Path.locales).count == 1)
        #expect(asked.transport.calls.count == 7)
    }

    @Test func `the first question opens a connection of its own, so that a pooled one hides no bad certificate`()
        async throws
    {
        let asked = try AskedOrganization()
        _ = try await asked.report()
        #expect(asked.transport.calls(to: Path.locales).allSatisfy { $0.request.limits.needsFreshConnection })
    }

    @Test func `two runs share nothing`() async throws {
        let asked = try AskedOrganization()
        _ = try await asked.report()
        asked.standIn.update("acme") { $0.people[0].isSuspended = true }
        asked.standIn.update("acme") { $0.switches.suspendedPerson = .visible }
        #expect(try await asked.report().verdict == "fail")
    }
}
