import AsyncHTTPClient
import Foundation
import GatewayApp
import NIOCore
import NIOHTTP1
import Testing

@Suite("Demo")
struct DemoTests {
    @Test("prints a link that works, serves the stand-in, and removes what it made")
    func demo() async throws {
        let scratch = try Scratch()
        let demo = try Executable.demo.start(
            [
                "--http-port", "\(FreePort.take())", "--zendesk-port", "\(FreePort.take())", "--control-port", "0",
            ],
            environment: ["TMPDIR": scratch.path], files: ("out", "err"), in: scratch)
        try await eventually("the demo did not become ready: \(scratch.text("err"))") {
            scratch.text("out").contains("Ctrl-C")
        }
        let text = scratch.text("out")
        let link = try #require(text.firstMatch(of: #/http://localhost:\d+/sign-in/\S+/#)).0
        let control = try #require(text.firstMatch(of: #/http://127.0.0.1:\d+/#)).0
        for name in ["acme", "agentville", "noguide", "fenced", "suspended", "unpaid", "password"] {
            #expect(text.contains(name))
        }
        let page = try await HTTPClient.shared.execute(HTTPClientRequest(url: String(link)), timeout: .seconds(60))
        // Followed without a cookie jar: what counts is that the console answers.
        #expect(page.status.code < 500)
        let answer = try await HTTPClient.shared.execute(HTTPClientRequest(url: String(control)), timeout: .seconds(60))
        #expect(answer.status.code < 500)
        demo.signal(SIGINT)
        #expect(await demo.status() == 0)
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        #expect(!left.contains { $0.hasPrefix("latchkey-demo-") })
    }

    @Test("a port that was asked for and is taken is refused, and nothing is left behind")
    func portTaken() async throws {
        let scratch = try Scratch()
        let gateway = try await RunningGateway(in: scratch)
        let outcome = try await Executable.demo.run(
            ["--http-port", "\(gateway.port)"], environment: ["TMPDIR": scratch.path], in: scratch)
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("Port \(gateway.port) of this machine is taken."))
    }
}
