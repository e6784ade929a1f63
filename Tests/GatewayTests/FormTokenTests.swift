import Foundation
import Gateway
import GatewayCore
import TestSupport
import Testing

@Suite("Form tokens") struct FormTokenTests {
    private let session = BearerToken(.session, random: SystemRandomSource())

    @Test func `WEB-17 a form can be sent once`() async throws {
        let desk = try SampleDesk()
        let token = desk.formTokens.issue(for: session, purpose: "connect")
        let session = session
        let uses = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask { try await desk.formTokens.use(token, for: session, purpose: "connect") }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(uses == 1)
    }

    @Test func `WEB-17 a token of another session is refused and not used up`() async throws {
        let desk = try SampleDesk()
        let token = desk.formTokens.issue(for: session, purpose: "connect")
        let other = BearerToken(.session, random: SystemRandomSource())
        #expect(try await !desk.formTokens.use(token, for: other, purpose: "connect"))
        #expect(try await desk.formTokens.use(token, for: session, purpose: "connect"))
    }

    @Test func `WEB-17 a token for another purpose is refused`() async throws {
        let desk = try SampleDesk()
        let token = desk.formTokens.issue(for: session, purpose: "sign-out")
        #expect(try await !desk.formTokens.use(token, for: session, purpose: "connect"))
    }

    @Test(arguments: [(7_199.0, true), (7_200.0, false)])
    func `a form waits two hours`(age: TimeInterval, works: Bool) async throws {
        let desk = try SampleDesk()
        let token = desk.formTokens.issue(for: session, purpose: "connect")
        desk.clock.advance(by: age)
        #expect(try await desk.formTokens.use(token, for: session, purpose: "connect") == works)
    }

    @Test func `WEB-17 no piece of a token can be exchanged`() async throws {
        let desk = try SampleDesk()
        let pieces = desk.formTokens.issue(for: session, purpose: "connect").split(separator: ".").map(String.init)
        let other = desk.formTokens.issue(for: session, purpose: "connect").split(separator: ".").map(String.init)
        let expiry = try #require(Int64(pieces[1]))
        for forged in [
            [other[0], pieces[1], pieces[2]], [pieces[0], String(expiry + 1), pieces[2]],
            [pieces[0], "+\(expiry)", pieces[2]], [pieces[0], "0\(expiry)", pieces[2]],
            [pieces[0], pieces[1], other[2]], [pieces[0], pieces[1], ""], [pieces[0], pieces[1]],
            [pieces[0], pieces[1], pieces[2], ""], [pieces[0] + " ", pieces[1], pieces[2]],
        ] {
            let text = forged.joined(separator: ".")
            #expect(try await !desk.formTokens.use(text, for: session, purpose: "connect"), "\(text)")
        }
        #expect(try await desk.formTokens.use(pieces.joined(separator: "."), for: session, purpose: "connect"))
    }

    @Test(arguments: [
        "", ".", "..", "a.b.c", "a.9223372036854775808.c", "a.-1.c", String(repeating: "a", count: 4_096),
    ])
    func `WEB-17 what is no token is refused`(text: String) async throws {
        #expect(try await !SampleDesk().formTokens.use(text, for: session, purpose: "connect"))
    }
}
