import Foundation
import GatewayCore
import Testing

@testable import TokenVault

@Suite struct `Format fixtures` {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/record-v1")

    static var names: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted()
    }

    @Test func `CR-45 the fixtures are there`() {
        #expect(Self.names.count >= 10)
    }

    @Test(arguments: names)
    func `CR-45 a record of format 1 gives the outcome written beside it`(name: String) throws {
        let fields = try Self.fields(name)
        let context = SealingContext(
            tenant: fields["tenant"] ?? "", table: fields["table"] ?? "", row: fields["row"] ?? "",
            column: fields["column"] ?? "", generation: UInt64(fields["generation"] ?? "") ?? 0,
            organization: fields["organization"] ?? "")
        let vault = try World().vault
        #expect(outcome(vault, hex(fields["record"] ?? ""), context) == fields["outcome"])
    }

    private func outcome(_ vault: Vault, _ bytes: [UInt8], _ context: SealingContext) -> String {
        do {
            let octets = try vault.open(try SealedRecord(parsing: bytes), in: context).octets
            return octets.isEmpty ? "opens" : "opens " + hex(octets)
        } catch {
            return "refused " + ((error as? any Explained)?.explanation.code ?? "?")
        }
    }

    private static func fields(_ name: String) throws -> [String: String] {
        let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        var fields: [String: String] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return fields
    }

    private struct Export: Decodable {
        struct DataKey: Decodable {
            let id: String
            let wrapped: String
        }
        struct Context: Decodable {
            let tenant: String
            let table: String
            let row: String
            let column: String
            let generation: UInt64
            let organization: String
        }
        let record: String
        let dataKey: DataKey
        let context: Context

        enum CodingKeys: String, CodingKey {
            case record, context
            case dataKey = "data_key"
        }
    }

    @Test func `CR-45 the export that open-record.py opens opens here too, from the root key file on`() throws {
        let place = Self.folder.deletingLastPathComponent().appendingPathComponent("export-v1")
        let text = try Data(contentsOf: place.appendingPathComponent("root-key.txt"))
        let export = try JSONDecoder().decode(
            Export.self, from: try Data(contentsOf: place.appendingPathComponent("export.json")))
        let rootKey = try unsafe text.withUnsafeBytes { try unsafe RootKeyFileText.parse($0) }
        let key = WrappedDataKey(
            id: try #require(DataKeyID(export.dataKey.id)), state: .primary, wrapped: hex(export.dataKey.wrapped),
            rootKeyCheckValue: rootKey.checkValue, createdAt: World.now)
        let vault = Vault(keyring: try Keyring(unwrapping: [key], rootKey: rootKey))
        let context = SealingContext(
            tenant: export.context.tenant, table: export.context.table, row: export.context.row,
            column: export.context.column, generation: export.context.generation,
            organization: export.context.organization)
        let secret = try vault.open(try SealedRecord(parsing: hex(export.record)), in: context)
        #expect(secret.exposeText() == "an-access-token-of-some-length")
    }
}
