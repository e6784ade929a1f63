import ArgumentParser
import Gateway
import GatewayCore
import StorageSQLite

struct ClientSecretCheckCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Ask connected organizations which lines of the client secret file Zendesk accepts.",
        discussion: "Harmless: it offers a refresh token that nobody ever had, and touches no connection.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let (lines, unchanged) = try await withParts { parts, settings in
            var lines: [SecretLine] = []
            for (index, secret) in (settings.client.secretFile?.secrets ?? []).enumerated() {
                lines.append(SecretLine(line: index + 1, try await parts.clientSecret.probe(secret)))
            }
            return (lines, try await parts.store.connectionsUnchanged(sinceLast: .clientSecretChanged))
        }
        guard !output.json else {
            output.object(SecretReport(lines: lines, connections_not_renewed_since_change: unchanged))
            return try decide(lines)
        }
        for line in lines { output.line("Line \(line.line): \(line.words)") }
        if let unchanged, unchanged > 0 {
            output.line(
                "\(unchanged) connections were not renewed since the secret changed; keep the former line until then.")
        }
        try decide(lines)
    }

    private func decide(_ lines: [SecretLine]) throws {
        guard let first = lines.first, first.verdict != "unknown" else { throw ExitStatus.couldNotRun.thrown }
        guard first.verdict == "accepted" else { throw ExitStatus.refused.thrown }
    }
}

private struct SecretReport: Encodable {
    let lines: [SecretLine]
    let connections_not_renewed_since_change: Int?
}

private struct SecretLine: Encodable {
    let line: Int
    let verdict: String
    let reason: String?

    init(line: Int, _ verdict: ClientSecretChange.Verdict) {
        self.line = line
        (self.verdict, reason) =
            switch verdict {
            case .accepted: ("accepted", nil)
            case .refused: ("refused", nil)
            case .unknown(let code): ("unknown", code)
            }
    }

    var words: String {
        switch verdict {
        case "accepted": "Zendesk accepts this secret."
        case "refused": "Zendesk refuses this secret."
        default: "nobody could say (\(reason ?? "no answer"))."
        }
    }
}
