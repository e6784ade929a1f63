import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing

@testable import GatewayWeb

@Suite struct `The keys API` {
    @Test func `the whole life of a key over the API, with every member that the interface names`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let key = try await site.key([.keysRotate])
            let listed = try await site.call("GET", "/v1/keys", key: key)
            #expect(Set(try #require(listed.json).keys) == ["keys", "log_emptied"])
            #expect(listed.json?["log_emptied"] as? Bool == true, "nothing was erased yet")
            let first = try #require((listed.json?["keys"] as? [[String: Any]])?.first)
            #expect(
                Set(first.keys) == [
                    "id", "state", "created_at", "activated_at", "retired_at", "destroy_at", "seals", "records",
                    "shut_out",
                ])
            #expect(first["id"] as? String == "dk-1" && first["state"] as? String == "primary")
            #expect(first["retired_at"] is NSNull)
            let made = try await site.call("POST", "/v1/keys", key: key)
            #expect(made.status == 201 && made.json?["id"] as? String == "dk-2")
            let promoted = try await site.call("POST", "/v1/keys/dk-2/promote", key: key)
            #expect(promoted.status == 200 && promoted.json?["state"] as? String == "primary")
            let retired = try await site.call("POST", "/v1/keys/dk-1/retire", key: key)
            #expect(retired.status == 200 && retired.json?["state"] as? String == "retired")
            let due = try await site.call("POST", "/v1/keys/dk-1/destroy", key: key)
            let week = world.clock.now.addingTimeInterval(7 * 24 * 3600)
            #expect(due.status == 200 && due.json?["destroy_at"] as? String == week.formatted(.iso8601))
            let kept = try await site.call("POST", "/v1/keys/dk-1/destroy", key: key, body: #"{"cancel":true}"#)
            #expect(kept.status == 200 && kept.json?["destroy_at"] is NSNull)
            let soon = try await site.call("POST", "/v1/keys/dk-1/destroy", key: key, body: #"{"after":86400}"#)
            let day = world.clock.now.addingTimeInterval(24 * 3600)
            #expect(soon.json?["destroy_at"] as? String == day.formatted(.iso8601))
            let entries = try await world.store.auditEntries(after: 0, limit: 1000).map(\.event)
            let steps = entries.filter { $0.action.rawValue.hasPrefix("data_key.") && $0.actor.kind == .apiKey }
            #expect(steps.count == 6 && steps.allSatisfy { $0.actor.id != nil })
        }
    }

    @Test func `a reseal is begun, seen, throttled, paused and resumed, done behind the answer, and proved`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let key = try await site.key([.keysRotate])
            #expect(try await site.call("GET", "/v1/keys/reseal", key: key).status == 404)
            _ = try await site.signedIn().connected(to: "acme")
            let begun = try await site.call("POST", "/v1/keys/rotate", key: key, body: #"{"rows_per_second":50}"#)
            #expect(begun.status == 202)
            #expect(
                Set(try #require(begun.json).keys) == [
                    "state", "target", "done", "overtaken", "total", "rows_per_second", "started_at", "updated_at",
                    "completed_at",
                ])
            #expect(begun.json?["target"] as? String == "dk-2" && begun.json?["total"] as? Int == 1)
            // What the answer says of a reseal without a limit may be sent back.
            let null = #"{"state":null,"rows_per_second":null}"#
            let again = try await site.call("POST", "/v1/keys/reseal", key: key)
            #expect(again.status == 409 && again.json?["code"] as? String == "keys.held_elsewhere")
            let paused = try await site.call(
                "PATCH", "/v1/keys/reseal", key: key, body: #"{"state":"paused","rows_per_second":0}"#)
            #expect(paused.json?["state"] as? String == "paused" && paused.json?["rows_per_second"] is NSNull)
            let resumed = try await site.call("PATCH", "/v1/keys/reseal", key: key, body: #"{"state":"running"}"#)
            #expect(resumed.json?["state"] as? String == "running")
            for (body, speed) in [(#"{"rows_per_second":7}"#, 7), (#"{"state":"running"}"#, 7), (null, nil)] {
                let steered = try await site.call("PATCH", "/v1/keys/reseal", key: key, body: body)
                #expect(steered.status == 200 && steered.json?["rows_per_second"] as? Int == speed, "\(body)")
            }
            _ = try await world.web.keyDesk.work()
            let reader = try await site.key([.auditRead])
            let done = try await site.call("GET", "/v1/keys/reseal", key: reader)
            #expect(done.json?["state"] as? String == "completed" && done.json?["done"] as? Int == 1)
            let proof = try await site.call("POST", "/v1/keys/verify", key: key)
            #expect(proof.status == 200 && proof.json?["complete"] as? Bool == true)
            #expect(proof.json?["primary"] as? String == "dk-2" && proof.json?["log_emptied"] as? Bool == true)
            let counts = proof.json?["counts"] as? [String: [String: Int]]
            #expect(counts == ["credentials": ["dk-2": 1]])
        }
    }

    @Test func `KEY-30: a reason that is sent stands in the audit entry of its step`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let key = try await site.key([.keysRotate])
            let body = #"{"reason":"SEC-114 yearly"}"#
            for (path, status) in [
                ("", 201), ("/dk-2/promote", 200), ("/dk-1/retire", 200), ("/dk-1/destroy", 200), ("/reseal", 202),
            ] {
                #expect(
                    try await site.call("POST", "/v1/keys\(path)", key: key, body: body).status == status, "\(path)")
            }
            _ = try await world.web.keyDesk.work()
            let cancelled = try await site.call(
                "POST", "/v1/keys/dk-1/destroy", key: key, body: #"{"cancel":true,"reason":"SEC-114 yearly"}"#)
            #expect(cancelled.status == 200)
            #expect(try await site.call("POST", "/v1/keys/rotate", key: key, body: body).status == 202)
            let steps: [(AuditAction, [String])] = [
                (.dataKeyGenerated, ["dk-2", "dk-3"]), (.dataKeyPromoted, ["dk-2", "dk-3"]),
                (.dataKeyRetired, ["dk-1"]),
                (.dataKeyDestructionScheduled, ["dk-1"]), (.dataKeyDestructionCancelled, ["dk-1"]),
                (.resealBegun, ["dk-2", "dk-3"]),
            ]
            for (action, subjects) in steps {
                let told = try await site.events(action).filter { $0.actor.kind == .apiKey }.map(\.subject)
                #expect(told == subjects.map { "\($0); reason: SEC-114 yearly" }, "\(action)")
            }
        }
    }

    @Test(arguments: ["", "/dk-2/promote", "/dk-1/retire", "/dk-1/destroy", "/reseal", "/rotate"])
    func `KEY-30: a reason that is none is refused before anything changes`(path: String) async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let key = try await site.key([.keysRotate])
            let before = try await world.store.dataKeys()
            for (reason, code) in [
                (#""""#, "reason.empty"), (#""a\u001bb""#, "reason.invisible"),
                ("\"" + String(repeating: "x", count: 201) + "\"", "reason.too_long"), ("7", "request.wrong_type"),
            ] {
                let answer = try await site.call("POST", "/v1/keys\(path)", key: key, body: #"{"reason":\#(reason)}"#)
                #expect(
                    [400, 422].contains(answer.status) && answer.json?["code"] as? String == code, "\(answer.text)")
            }
            #expect(try await world.store.dataKeys() == before)
        }
    }

    @Test(arguments: [
        ("GET", "/v1/keys"), ("GET", "/v1/keys/reseal"), ("POST", "/v1/keys"), ("POST", "/v1/keys/dk-1/promote"),
        ("POST", "/v1/keys/dk-1/retire"), ("POST", "/v1/keys/dk-1/destroy"), ("POST", "/v1/keys/reseal"),
        ("PATCH", "/v1/keys/reseal"), ("POST", "/v1/keys/verify"), ("POST", "/v1/keys/rotate"),
    ])
    func `KEY-26: without keys:rotate nothing is changed, readers of the log may look, and tenants' keys neither`(
        method: String, path: String
    ) async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let before = try await world.store.dataKeys()
            let body = method == "PATCH" ? #"{"state":"paused"}"# : nil
            func status(_ key: String?) async throws -> Int {
                try await site.call(method, path, key: key, body: body).status
            }
            #expect(try await status(nil) == 401)
            let others = Set(APIScope.allCases).subtracting([.keysRotate, .auditRead])
            #expect(try await status(try await site.key(others)) == 403)
            let reader = try await status(try await site.key([.auditRead]))
            #expect(method == "GET" ? [200, 404].contains(reader) : reader == 403)
            #expect(try await status(try await site.key([.keysRotate, .auditRead], tenant: "customer")) == 403)
            #expect(try await world.store.dataKeys() == before)
        }
    }

    @Test func `KEY-26: the scope that rotates keys opens no token and no connection`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let arrived = try await site.signedIn().connected(to: "acme")
            let id = String(try #require(arrived["location"]).suffix(30))
            let key = try await site.key([.keysRotate, .auditRead])
            for (method, path) in [
                ("POST", "/v1/connections/\(id)/access-token"), ("GET", "/v1/connections/\(id)"),
                ("GET", "/v1/connections"), ("POST", "/v1/connections/\(id)/refresh"),
                ("GET", "/v1/connections/\(id)/proxy/api/v2/users/me.json"), ("DELETE", "/v1/connections/\(id)"),
            ] {
                #expect(try await site.call(method, path, key: key).status == 403, "\(method) \(path)")
            }
        }
    }

    @Test(arguments: [
        ("/v1/keys/dk-9/promote", "", 404, "keys.unknown"), ("/v1/keys/dk-1/promote", "", 409, "keys.state"),
        ("/v1/keys/dk-1/destroy", #"{"after":-1}"#, 422, "keys.delay_too_short"),
        ("/v1/keys/dk-1/destroy", #"{"after":86399}"#, 422, "keys.delay_too_short"),
        ("/v1/keys/dk-1/destroy", #"{"after":316224001}"#, 422, "keys.delay_out_of_range"),
        ("/v1/keys/reseal", #"{"rows_per_second":-1}"#, 422, "keys.speed_out_of_range"),
        ("/v1/keys/reseal", #"{"rows":1}"#, 422, "request.unknown_member"),
        ("/v1/keys/%2e%2e/promote", "", 404, "keys.unknown"),
    ])
    func `what cannot be done is refused by a stable code`(
        path: String, body: String, status: Int, code: String
    ) async throws {
        try await WebWorld().serve { site in
            let answer = try await site.call(
                "POST", path, key: try await site.key([.keysRotate]), body: body.isEmpty ? nil : body)
            #expect(answer.status == status && answer.json?["code"] as? String == code, "\(answer.text)")
        }
    }

    @Test func `a steering that says nothing, or something else, is refused`() async throws {
        try await WebWorld().serve { site in
            let key = try await site.key([.keysRotate])
            let cases = [
                ("{}", 422, "keys.nothing_to_change"), (#"{"state":"flying"}"#, 422, "keys.state_unknown"),
                (#"{"state":"paused"}"#, 409, "keys.nothing_under_way"),
            ]
            for (body, status, code) in cases {
                let answer = try await site.call("PATCH", "/v1/keys/reseal", key: key, body: body)
                #expect(answer.status == status && answer.json?["code"] as? String == code, "\(answer.text)")
            }
        }
    }
}
