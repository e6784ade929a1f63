import Foundation
import Gateway
import GatewayCore
import TestSupport
import Testing

@Suite("Signatures of events") struct WebhookSignatureTests {
    @Test("the published example of the Standard Webhooks scheme comes out")
    func publishedExample() throws {
        let secret = try #require(WebhookSecret(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
        let signature = secret.signature(
            of: Array(#"{"test": 2432232314}"#.utf8), id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330)
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test("a receiver with Python's standard library alone verifies what arrives, and a spoiled one not")
    func otherImplementation() async throws {
        let world = try await EventWorld()
        let (_, secret) = try await world.endpoint()
        try await world.connect()
        try await world.deliver()
        let told = try #require(world.receiver.deliveries.first)
        #expect(try verify(told, told.body, secret: secret))
        #expect(try !verify(told, told.body + [0x20], secret: secret))
        let other = WebhookSecret(random: SystemRandomSource()).text.exposeText()
        #expect(try !verify(told, told.body, secret: other))
    }

    @Test("while a secret is changed both sign")
    func twoSecrets() async throws {
        let world = try await EventWorld()
        let secrets = [WebhookSecret(random: SystemRandomSource()), WebhookSecret(random: SystemRandomSource())]
        let configured = EventDelivery.Receiver(
            name: EventDelivery.configuredName, url: try #require(WebhookURL("https://hooks.example/")),
            secrets: secrets, tenant: nil)
        try await world.deliver(configured)
        try await world.connect()
        try await world.deliver(configured)
        let told = try #require(world.receiver.deliveries.first)
        for secret in secrets { #expect(try verify(told, told.body, secret: secret.text.exposeText())) }
    }

    @Test(
        "what is no secret is refused",
        arguments: [
            "", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa!w",
            "whsec_" + Data(repeating: 7, count: 65).base64EncodedString(),
        ])
    func refused(_ text: String) {
        #expect(WebhookSecret(Secret(text)) == nil)
    }

    /// As a receiver's documentation would have it, in another language and with other code.
    private func verify(_ told: WatchedReceiver.Delivery, _ body: [UInt8], secret: String) throws -> Bool {
        let script = """
            import base64, hashlib, hmac, os, sys
            key = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))
            content = (os.environ["ID"] + "." + os.environ["TIMESTAMP"] + ".").encode() + sys.stdin.buffer.read()
            mine = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
            given = [s.split(",", 1)[1] for s in os.environ["SIGNATURE"].split() if s.startswith("v1,")]
            sys.exit(0 if any(hmac.compare_digest(mine, s) for s in given) else 1)
            """
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        process.environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "SECRET": secret, "ID": told.header("webhook-id"),
            "TIMESTAMP": told.header("webhook-timestamp"), "SIGNATURE": told.header("webhook-signature"),
        ]
        let input = Pipe()
        process.standardInput = input
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(body))
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
