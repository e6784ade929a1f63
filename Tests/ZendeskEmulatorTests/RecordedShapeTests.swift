import FoundationEssentials
import Testing

@testable import ZendeskEmulator

/// The recordings live outside the repository.
enum Recordings {
    static let folder: String? = {
        let environment = ProcessInfo.processInfo.environment["LATCHKEY_SHARED"]
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let candidates = [environment, "/\(root)/../shared"].compactMap { $0 }
        return candidates.first { FileManager.default.fileExists(atPath: $0 + "/zendesk/recorded/INDEX.md") }
            .map { $0 + "/zendesk/recorded/" }
    }()

    static var arePresent: Bool {
        if folder == nil {
            print(
                "SKIPPED: the recorded answers were not found. Set LATCHKEY_SHARED to the folder that holds zendesk/.")
        }
        return folder != nil
    }

    /// The body of the only interaction in a file, or of a file that is a body.
    static func body(_ name: String) throws -> JSONValue {
        let data = try Data(contentsOf: URL(filePath: (folder ?? "") + name))
        let file = try JSONReader.read(Array(data))
        return file["interactions"]?.elements?[0]["response"]?["body"] ?? file["body"] ?? file
    }
}

/// Keys and kinds of values, not the values themselves.
struct Shape {
    /// Keys that bodies of 2026 have on top of the recorded ones, by published accounts of them.
    var additions: Set<String> = []
    /// Recorded keys that ours may lack.
    var omissions: Set<String> = []

    func differences(_ ours: JSONValue, _ recorded: JSONValue, at path: String = "") -> [String] {
        if let members = ours.members, let model = recorded.members {
            return objectDifferences(members, model, at: path)
        }
        if let elements = ours.elements, let model = recorded.elements {
            guard let first = elements.first, let pattern = model.first else { return [] }
            return differences(first, pattern, at: path + "[]")
        }
        return Self.kind(ours) == Self.kind(recorded) || ours == .null || recorded == .null
            ? [] : ["\(path): \(Self.kind(ours)) instead of \(Self.kind(recorded))"]
    }

    private func objectDifferences(_ ours: [JSONMember], _ recorded: [JSONMember], at path: String) -> [String] {
        let mine = Set(ours.map(\.name))
        let theirs = Set(recorded.map(\.name))
        let extra = mine.subtracting(theirs).subtracting(additions).map { "\(path).\($0): not recorded" }
        let missing = theirs.subtracting(mine).subtracting(omissions).map { "\(path).\($0): missing" }
        let inside = ours.flatMap { member -> [String] in
            guard let model = recorded.first(where: { $0.name == member.name }) else { return [] }
            return differences(member.value, model.value, at: "\(path).\(member.name)")
        }
        return extra + missing + inside
    }

    private static func kind(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer, .decimal: "number"
        case .string: "text"
        case .array: "list"
        case .object: "object"
        }
    }
}

@Suite(.enabled(if: Recordings.arePresent)) struct `Recorded shapes` {
    let visit = Visit()

    private func differences(_ path: String, _ file: String, _ shape: Shape = Shape()) throws -> [String] {
        let answer = visit.api(path, visit.connect().access)
        let ours = try #require(answer.bodyJSON)
        return shape.differences(ours, try Recordings.body(file)).sorted()
    }

    @Test func `the answer of users/me has the members that were recorded, each of its kind`() throws {
        let shape = Shape(
            additions: [
                "iana_time_zone", "shared_phone_number", "role_type", "default_group_id", "report_csv",
                "suspension_details", "is_billing_admin",
            ], omissions: ["chat_only"])
        #expect(try differences("users/me", "zendesk+zendesk_api_client_rb/users-me.json", shape) == [])
    }

    @Test func `the answer of users has the members that were recorded, each of its kind`() throws {
        let shape = Shape(additions: ["suspension_details", "is_billing_admin"], omissions: ["userfield1"])
        #expect(try differences("users", "salto-io+salto/users-list.json", shape) == [])
    }

    @Test func `the answer of brands has the members that were recorded, each of its kind`() throws {
        #expect(try differences("brands", "salto-io+salto/brands.json") == [])
    }

    @Test func `the answer of custom_roles has the members that were recorded, each of its kind`() throws {
        let first = try Recordings.body("salto-io+salto/custom-roles.json")["custom_roles"]?.elements?.first
        let ours = try #require(visit.api("custom_roles", visit.connect().access).bodyJSON)
        #expect(Set((ours.members ?? []).map(\.name)) == ["custom_roles", "next_page", "previous_page", "count"])
        // The advisor is the kind of role that was recorded.
        let advisor = try #require(ours["custom_roles"]?.elements?.last)
        #expect(Shape().differences(advisor, try #require(first)) == [])
    }

    @Test func `the answer of help_center/user_segments has the members that were recorded, each of its kind`() throws {
        // The client that recorded it merged the pages away.
        let shape = Shape(additions: ["count", "next_page", "page", "page_count", "per_page", "previous_page"])
        #expect(
            try differences("help_center/user_segments", "salto-io+salto/help-center-user-segments.json", shape) == [])
    }

    @Test func `the answer of account/settings has the members that were recorded, each of its kind`() throws {
        let recorded = try Recordings.body("salto-io+salto/account-settings.json")
        let ours = try #require(visit.api("account/settings", visit.connect().access).bodyJSON)
        let wrong = Shape().differences(ours, recorded).filter { !$0.hasSuffix("missing") }
        #expect(wrong == [])
        let sections = Set((recorded["settings"]?.members ?? []).map(\.name))
        let mine = Set((ours["settings"]?.members ?? []).map(\.name))
        #expect(sections.subtracting(mine) == ["gooddata_advanced_analytics"])
    }

    @Test func `a row of the audit log has no member that was never recorded`() throws {
        let ours = try #require(
            visit.api("audit_logs", visit.connect().access).bodyJSON?["audit_logs"]?.elements?.first)
        let file = try Data(
            contentsOf: URL(
                filePath: (Recordings.folder ?? "") + "panther-labs+panther-analysis/audit-logs-samples.json"))
        let keys = Set((ours.members ?? []).map(\.name))
        let samples = String(decoding: file, as: UTF8.self)
        for key in keys { #expect(samples.contains("\"\(key)\""), "\(key) was never recorded") }
    }

    @Test func `a record that is not there is told in the body that was recorded`() throws {
        let recorded = try Recordings.body("zendesk+zendesk_api_client_rb/topic-import-404-InvalidEndpoint.json")
        #expect(visit.api("users/1", visit.connect().access).bodyJSON == recorded)
    }
}
