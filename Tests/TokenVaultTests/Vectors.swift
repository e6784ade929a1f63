import Foundation

/// Public vectors, kept beside the package.
enum Vectors {
    static let folder: URL = {
        if let shared = ProcessInfo.processInfo.environment["LATCHKEY_SHARED"] {
            return URL(fileURLWithPath: shared).appendingPathComponent("vectors/crypto")
        }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return root.appendingPathComponent("../shared/vectors/crypto").standardizedFileURL
    }()

    /// Nil, with a loud line, when the vectors are not there.
    static func text(_ name: String) -> String? {
        if let text = try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8) { return text }
        print("SKIPPED: \(name) not found; set LATCHKEY_SHARED to the folder that holds vectors/crypto")
        return nil
    }

    static func wycheproof(_ name: String) throws -> Wycheproof? {
        guard let text = text("wycheproof_\(name)_test.json") else { return nil }
        return try JSONDecoder().decode(Wycheproof.self, from: Data(text.utf8))
    }

    /// One dictionary for each case of a CAVP response file, the section's settings included.
    static func cavp(_ name: String) -> [[String: String]]? {
        guard let text = text(name) else { return nil }
        var settings: [String: String] = [:]
        var cases: [[String: String]] = []
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let pair = line.trimmingCharacters(in: ["[", "]"]).split(separator: "=", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            if line.hasPrefix("[") {
                settings[pair[0]] = pair[1]
            } else if pair[0] == "Count" {
                cases.append(settings)
            } else {
                cases[cases.count - 1][pair[0]] = pair.count > 1 ? pair[1] : ""
            }
        }
        return cases
    }
}

struct Wycheproof: Decodable {
    struct Group: Decodable {
        let tagSize: Int?
        let keySize: Int?
        let ivSize: Int?
        let tests: [Case]
    }
    struct Case: Decodable {
        let tcId: Int
        let key: String?
        let iv: String?
        let aad: String?
        let msg: String?
        let ct: String?
        let tag: String?
        let ikm: String?
        let salt: String?
        let info: String?
        let size: Int?
        let okm: String?
        let result: String
    }
    let testGroups: [Group]
}
