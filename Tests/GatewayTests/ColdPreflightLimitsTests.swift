import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import Gateway

@Suite("Limits of checks before connecting") struct ColdPreflightLimitsTests {
    private let clock = HandClock()

    private func isTaken(_ limits: ColdPreflightLimits, _ caller: String, _ target: String) -> Bool {
        (try? limits.spend(caller: caller, target: target)) != nil
    }

    @Test func `URL-40 many callers who scan many names are limited together, with the time to wait`() {
        let limits = ColdPreflightLimits(isOn: true, clock: clock)
        let taken = (0..<1_000).count { isTaken(limits, "caller \($0)", "org\($0)") }
        #expect(taken == 100)
        #expect(throws: ColdPreflightRefusal.tooMany(retryAfter: 1)) {
            try limits.spend(caller: "another", target: "another")
        }
        clock.advance(by: 5)
        #expect((0..<20).count { isTaken(limits, "later \($0)", "later\($0)") } == 10)
    }

    @Test func `URL-40 a burst to one target, or of one caller, is limited, and fills again by itself`() {
        let limits = ColdPreflightLimits(isOn: true, clock: clock)
        #expect((0..<50).count { isTaken(limits, "caller \($0)", "acme") } == 10)
        #expect((0..<50).count { isTaken(limits, "one", "org\($0)") } == 20)
        clock.advance(by: 50)
        #expect((0..<50).count { isTaken(limits, "again \($0)", "acme") } == 5)
        #expect((0..<50).count { isTaken(limits, "one", "more\($0)") } == 10)
        clock.advance(by: 1_000_000)
        #expect((0..<50).count { isTaken(limits, "much later \($0)", "acme") } == 10, "and never beyond its burst")
    }

    @Test func `URL-40 who is refused because of a target loses nothing for other targets`() {
        let limits = ColdPreflightLimits(isOn: true, clock: clock)
        for number in 0..<10 { #expect(isTaken(limits, "caller \(number)", "acme")) }
        for _ in 0..<100 { #expect(!isTaken(limits, "one", "acme")) }
        #expect((0..<20).count { isTaken(limits, "one", "org\($0)") } == 20)
    }

    @Test func `URL-40 forgetting what is full again forgets nothing that is empty`() {
        let limits = ColdPreflightLimits(isOn: true, clock: clock)
        func spend(_ caller: String, _ target: String) -> Bool {
            clock.advance(by: 0.5)
            return isTaken(limits, caller, target)
        }
        let known = ColdPreflightLimits.maximumBuckets / 2 - 5
        #expect((0..<known).count { spend("caller \($0)", "org\($0)") } == known)
        // The ninth of these is one bucket too many.
        #expect((0..<10).count { spend("new \($0)", "acme") } == 10)
        #expect(!spend("another", "acme"))
    }

    @Test func `URL-40 attempts that are refused push nothing out of memory`() {
        let limits = ColdPreflightLimits(isOn: true, clock: clock)
        for number in 0..<10 { #expect(isTaken(limits, "caller \(number)", "acme")) }
        let taken = (0..<ColdPreflightLimits.maximumBuckets).count { isTaken(limits, "one more \($0)", "org\($0)") }
        #expect(taken == 90, "then everybody has to wait")
        clock.advance(by: 1)
        #expect(!isTaken(limits, "new", "acme") && isTaken(limits, "new", "another"))
    }

    @Test func `switched off, nobody is limited`() {
        let limits = ColdPreflightLimits(isOn: false, clock: clock)
        #expect((0..<1_000).count { _ in isTaken(limits, "one", "acme") } == 1_000)
    }
}
