import Foundation
import GatewayCore
import Testing

@testable import Gateway

@Suite("Refresh circuit") struct RefreshCircuitTests {
    private let now = Date(timeIntervalSince1970: 1_790_000_000)

    @Test("KEY-19: the first refusal counts where nobody has accepted the client of late, and is news once")
    func first() {
        var circuit = RefreshCircuit()
        let news = [
            circuit.refused(by: "acme", at: now, pause: 60), circuit.refused(by: "noguide", at: now, pause: 60),
        ]
        #expect(news == [true, false] && circuit.refusedUntil == now.addingTimeInterval(60))
    }

    @Test("RT-32: one organization that threw the client out stops nobody else; three in a row do")
    func oneAlone() {
        var circuit = RefreshCircuit()
        _ = circuit.accepted(at: now)
        for _ in 0..<10 { _ = circuit.refused(by: "acme", at: now, pause: 60) }
        _ = circuit.refused(by: "second", at: now, pause: 60)
        #expect(circuit.refusedUntil == nil)
        let isNews = circuit.refused(by: "third", at: now, pause: 60)
        #expect(isNews && circuit.refusedUntil != nil)
    }

    @Test("KEY-19: while it is refused one tries for all, and a new secret lets the next one try at once")
    func trials() {
        var circuit = RefreshCircuit()
        _ = circuit.refused(by: "acme", at: now, pause: 60)
        let later = now.addingTimeInterval(60)
        let trials = [now, later, later].map { circuit.takeTrial(at: $0, pause: 60) }
        #expect(trials == [false, true, false])
        circuit.retrySoon(at: later)
        let afterChange = circuit.takeTrial(at: later, pause: 60)
        #expect(afterChange)
        let isNews = circuit.accepted(at: later)
        #expect(isNews && circuit.refusedUntil == nil)
    }

    @Test("KEY-17: many lost grants are one storm, told once, and a few here and there are none")
    func storm() {
        var grants = LostGrants()
        let ids = (0..<200).map { _ in ConnectionID(random: SystemRandomSource()) }
        let scattered = ids.prefix(50).enumerated().filter { index, id in
            grants.note(id, at: now.addingTimeInterval(Double(index) * 120))
        }
        #expect(scattered.isEmpty)
        let storm = now.addingTimeInterval(100_000)
        let alerts = ids.filter { grants.note($0, at: storm) }
        #expect(alerts.count == 1 && grants.stormSince == storm)
    }

    @Test("RT-25: a clock set forward is noticed, one that was set back or drifts is no danger here")
    func steps() {
        let steps = ClockSteps()
        #expect(steps.forward(now: now, uptime: 0) == 0)
        #expect(steps.forward(now: now.addingTimeInterval(30), uptime: 29) == 0)
        #expect(steps.forward(now: now.addingTimeInterval(3_640), uptime: 40) == 3_600)
        #expect(steps.forward(now: now.addingTimeInterval(3_700), uptime: 100) == 3_600)
        for uptime in stride(from: 130.0, through: 400, by: 30) {
            _ = steps.forward(now: now.addingTimeInterval(3_600 + uptime), uptime: uptime)
        }
        #expect(steps.forward(now: now.addingTimeInterval(4_010), uptime: 410) == 0, "what was open then has ended")
        #expect(steps.forward(now: now.addingTimeInterval(420), uptime: 420) == 0)
    }
}
