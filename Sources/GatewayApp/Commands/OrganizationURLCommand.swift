import ArgumentParser
import GatewayCore

struct OrganizationURLCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "organization-url",
        abstract: "Say which organization a text names, or why none. Sends nothing.",
        discussion: "Without a text, reads one a line from standard input. Exit status 1 when one was refused.")

    @OptionGroup var common: CommonOptions

    @Argument(help: "What somebody may type: a subdomain, or an address with or without https://.")
    var text: [String] = []

    func run() async throws {
        let domain = try common.source.read { ZendeskDomainSettings(reading: &$0) }
        var allAccepted = true
        func judge(_ input: String) {
            let judgement = Judgement(input, policy: domain.policy)
            output.say(judgement.text, or: judgement)
            allAccepted = allAccepted && judgement.accepted
        }
        if text.isEmpty {
            while let line = readLine() { judge(line) }
        } else {
            text.forEach(judge)
        }
        guard allAccepted else { throw ExitStatus.refused.thrown }
    }
}

private struct Judgement: Encodable {
    let input: String
    let accepted: Bool
    let url: String?
    let code: String?
    let message: String?

    init(_ input: String, policy: HostPolicy) {
        self.input = input
        do {
            url = try OrganizationURL(parsing: input, policy: policy).text
            accepted = true
            code = nil
            message = nil
        } catch {
            url = nil
            accepted = false
            code = error.explanation.code
            message = [error.explanation.message, error.explanation.remedy].compactMap { $0 }.joined(separator: " ")
        }
    }

    var text: String { url ?? "\(code ?? ""): \(message ?? "")" }
}
