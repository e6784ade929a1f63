import Foundation
import GatewayApp
import TestSupport
import Testing

@Suite("Commands for data keys, beside a running service")
struct KeysCommandTests {
    private struct Listed: Decodable {
        struct Key: Decodable {
            let id: String
            let state: String
            let records: Int
        }
        let keys: [Key]
    }

    private static func keys(_ gateway: RunningGateway) async throws -> [String] {
        let outcome = try await gateway.command("keys", "list", "--json")
        #expect(outcome.status == 0)
        return try JSONDecoder().decode(Listed.self, from: Data(outcome.output.utf8)).keys.map {
            "\($0.id) \($0.state)"
        }
    }

    @Test(
        "KEY-03, KEY-14: generate, promote, reseal, verify, retire and destroy, each waiting for the service to follow")
    func steps() async throws {
        let gateway = try await RunningGateway(in: Scratch())
        #expect(try await Self.keys(gateway) == ["dk-1 primary"])
        let generated = try await gateway.command("keys", "generate", "--json")
        #expect(generated.status == 0 && generated.output == "{\"id\":\"dk-2\",\"state\":\"enabled\"}\n")
        #expect(try await gateway.command("keys", "promote", "dk-2").status == 0)
        #expect(try await Self.keys(gateway) == ["dk-1 enabled", "dk-2 primary"])
        let resealed = try await gateway.command("keys", "reseal")
        #expect(resealed.status == 0 && resealed.output.contains("reseal to dk-2: completed"))
        let proof = try await gateway.command("keys", "verify")
        #expect(proof.status == 0 && proof.output.contains("no row names another key"))
        let early = try await gateway.command("keys", "destroy", "dk-1", "--yes")
        #expect(early.status == 1 && early.errors.contains("enabled"))
        #expect(try await gateway.command("keys", "retire", "dk-1", "--yes").status == 0)
        let scheduled = try await gateway.command("keys", "destroy", "dk-1", "--yes")
        #expect(scheduled.status == 0 && scheduled.output.contains("will be destroyed at"))
        #expect(try await gateway.command("keys", "destroy", "dk-1", "--cancel").status == 0)
        // The service does it when the time has come.
        #expect(try await gateway.command("keys", "destroy", "dk-1", "--yes", "--delay", "1").status == 0)
        try await eventually("the service did not destroy the key") {
            try await Self.keys(gateway) == ["dk-1 destroyed", "dk-2 primary"]
        }
        let actions = try await gateway.auditActions().filter { $0.hasPrefix("data_key.") || $0.hasPrefix("reseal.") }
        #expect(
            actions == [
                "data_key.generated", "data_key.generated", "data_key.promoted", "reseal.begun", "reseal.completed",
                "data_key.retired", "data_key.destruction_scheduled", "data_key.destruction_cancelled",
                "data_key.destruction_scheduled", "data_key.destroyed",
            ])
        gateway.program.signal(SIGTERM)
        #expect(await gateway.program.status() == 0)
    }

    @Test("KEY-14: while a reader holds the log the answer says so, and the service empties it once the reader is gone")
    func remnants() async throws {
        struct Answer: Decodable { let state: String, log_emptied: Bool }
        let gateway = try await RunningGateway(in: Scratch())
        #expect(try await gateway.command("keys", "rotate", "--yes").status == 0)
        #expect(try await gateway.command("keys", "retire", "dk-1", "--yes").status == 0)
        let reader = try TamperedFile(path: gateway.scratch.path + "/latchkey.sqlite").holdRead()
        let destroyed = try await gateway.command("keys", "destroy", "dk-1", "--yes", "--delay", "0")
        #expect(destroyed.status == 0, "\(destroyed.errors)")
        #expect(destroyed.output.hasPrefix("dk-1 is destroyed. A reader keeps the write-ahead log from being emptied"))
        let replaced = try await gateway.command("keys", "rotate-root", "--yes", "--json")
        #expect(replaced.output.contains("\"log_emptied\":false"), "\(replaced.output)\(replaced.errors)")
        try await eventually("the service did not say that it waits") {
            gateway.log.contains("a reader keeps the write-ahead log from being emptied")
        }
        try reader.release()
        try await eventually("the service did not empty the log") {
            gateway.log.contains("the write-ahead log was emptied of what was erased")
        }
        for arguments in [["keys", "generate"], ["keys", "retire", "dk-3", "--yes"]] {
            let done = try await Executable.latchkey.run(
                arguments, environment: gateway.environment, in: gateway.scratch)
            #expect(done.status == 0, "\(done.errors)")
        }
        let last = try await gateway.command("keys", "destroy", "dk-3", "--yes", "--delay", "0", "--json")
        let answer = try JSONDecoder().decode(Answer.self, from: Data(last.output.utf8))
        #expect(answer.state == "destroyed" && answer.log_emptied)
    }

    @Test("keys rotate does it all, and what needs a yes says so")
    func rotate() async throws {
        let gateway = try await RunningGateway(in: Scratch())
        let unasked = try await gateway.command("keys", "rotate")
        #expect(unasked.status == 64 && unasked.errors.contains("--yes"))
        let rotated = try await gateway.command("keys", "rotate", "--yes")
        #expect(rotated.status == 0 && rotated.output.contains("Complete"), "\(rotated.errors)")
        #expect(try await Self.keys(gateway) == ["dk-1 enabled", "dk-2 primary"])
        for arguments in [["keys", "retire", "dk-2", "--yes"], ["keys", "promote", "dk-9"], ["keys", "pause"]] {
            let refused = try await Executable.latchkey.run(
                arguments, environment: gateway.environment, in: gateway.scratch)
            #expect(refused.status == 1 && !refused.errors.isEmpty, "\(arguments)")
        }
    }

    @Test("KEY-15: keys oldest shuts older keys out, and none lets them in again")
    func oldest() async throws {
        let gateway = try await RunningGateway(in: Scratch())
        #expect(try await gateway.command("keys", "rotate", "--yes").status == 0)
        #expect(try await gateway.command("keys", "oldest", "dk-2", "--yes").status == 0)
        #expect(try await gateway.command("keys", "list").output.contains("shut out"))
        #expect(try await gateway.command("keys", "oldest", "none").status == 0)
        #expect(try await !gateway.command("keys", "list").output.contains("shut out"))
    }

    @Test("emergency-rotate without a connection is done at once and says what is still to be done by hand")
    func emergency() async throws {
        let gateway = try await RunningGateway(in: Scratch())
        let outcome = try await gateway.command("emergency-rotate", "--yes")
        #expect(outcome.status == 0 && outcome.output.contains("client secret"), "\(outcome.errors)")
        #expect(try await Self.keys(gateway) == ["dk-1 enabled", "dk-2 primary"])
        let actions = try await gateway.auditActions()
        #expect(actions.contains("emergency_rotation.begun") && actions.contains("emergency_rotation.completed"))
    }

    @Test(
        "KEY-23: the schedule of rotation is a number of days, and enforcing none is refused",
        arguments: [("x", "", 1), ("-1", "", 1), ("3651", "", 1), ("0", "true", 1), ("0", "", 0), ("30", "true", 0)])
    func schedule(days: String, enforced: String, count: Int) throws {
        let found = try problems(
            ["LATCHKEY_KEY_ROTATION_DAYS": days, "LATCHKEY_KEY_ROTATION_ENFORCED": enforced], in: Scratch())
        #expect(found.count == count)
    }
}
