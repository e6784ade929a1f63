package import FoundationEssentials
import HTTPTypes
import Synchronization

/// The one world, shared by the server, the control interface and tests in the same process. Every method is one step
/// behind the lock.
package final class EmulatorWorld: Sendable {
    private let state: Mutex<WorldState>
    private let seed: WorldState
    private let clock: EmulatorClock
    private let random: RandomSource

    init(seed: WorldState, clock: EmulatorClock, random: RandomSource) {
        self.seed = seed
        self.clock = clock
        self.random = random
        state = Mutex(seed)
    }

    /// The organizations of `Seeds`, and these clients.
    package static func seeded(
        domain: String = "zendesk.localhost", clients: [EmulatorClient] = [], clock: EmulatorClock = .system,
        random: RandomSource = .system
    ) -> EmulatorWorld {
        let state = WorldState(
            domain: domain, organizations: Seeds.organizations(at: clock.now()),
            clients: Dictionary(clients.map { ($0.identifier, $0) }) { _, last in last })
        return EmulatorWorld(seed: state, clock: clock, random: random)
    }

    /// Answers as the public listener would, faults aside.
    package func answer(_ request: EmulatedRequest) -> Answer {
        record(request, fault: nil) { $0.answer(request, moment: $1) }
    }

    /// The first waiting fault that fits, used up by one.
    package func takeFault(for request: EmulatedRequest) -> Fault? {
        state.withLock { $0.takeFault(for: request) }
    }

    /// Notes a request that a fault answered in the world's place.
    package func noteFaulted(_ request: EmulatedRequest, fault: Fault, status: Int) {
        _ = record(request, fault: fault.kind.rawValue) { _, _ in Answer(status: status) }
    }

    package func read<Value: Sendable>(_ body: (WorldState) -> Value) -> Value {
        state.withLock { body($0) }
    }

    package func change<Value: Sendable>(_ body: (inout WorldState) -> Value) -> Value {
        state.withLock { body(&$0) }
    }

    /// Everything as it was at the start: no tokens, no faults, no shift, the seeded organizations and clients.
    package func reset() {
        state.withLock { $0 = seed }
    }

    /// The world's time: the clock plus the shift.
    package var now: Date {
        clock.now().addingTimeInterval(state.withLock(\.shift))
    }

    func moment(_ state: WorldState) -> Moment {
        Moment(now: clock.now().addingTimeInterval(state.shift), random: random)
    }

    private func record(
        _ request: EmulatedRequest, fault: String?, _ body: (inout WorldState, Moment) -> Answer
    ) -> Answer {
        state.withLock { state in
            let moment = moment(state)
            let shift = state.subdomain(ofHost: request.host).flatMap { state.organization(atHost: $0) }?
                .switches.dateShiftSeconds
            let answer = body(&state, moment).stamped(
                for: request, moment: moment, date: moment.now.addingTimeInterval(Double(shift ?? 0)))
            state.log.add(state.entry(for: request, status: answer.status, fault: fault, at: moment.now))
            return answer
        }
    }
}

extension WorldState {
    fileprivate func entry(
        for request: EmulatedRequest, status: Int, fault: String?, at now: Date
    ) -> RequestLogEntry {
        RequestLogEntry(
            at: now, method: request.method, path: request.path,
            organization: subdomain(ofHost: request.host).map { organization(atHost: $0)?.subdomain ?? $0 },
            grantType: request.grantTypeForLog, status: status, fault: fault)
    }
}

extension EmulatedRequest {
    /// The word alone, and only if it is one of the known ones: a log must not echo what somebody put in its place.
    fileprivate var grantTypeForLog: String? {
        guard path == "/oauth/tokens" else { return nil }
        let sent =
            contentType == "application/json"
            ? (try? JSONReader.read(body))?["grant_type"]?.text
            : Parameters(encoded: String(decoding: body, as: UTF8.self))?["grant_type"]
        guard let sent else { return nil }
        return ["authorization_code", "refresh_token", "client_credentials"].contains(sent) ? sent : "other"
    }
}

extension Answer {
    /// What every answer of Zendesk carries.
    fileprivate func stamped(for request: EmulatedRequest, moment: Moment, date: Date) -> Answer {
        var answer = self
        answer.headers[.date] = date.httpText
        if let identifier = HTTPField.Name("x-request-id") { answer.headers[identifier] = moment.random.hex(16) }
        if let zorg = HTTPField.Name("x-zendesk-zorg") { answer.headers[zorg] = "yes" }
        return answer
    }
}
