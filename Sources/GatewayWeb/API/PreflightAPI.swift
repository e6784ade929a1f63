import Gateway
import GatewayCore
import Hummingbird
import Preflight
import Storage

/// `POST /v1/preflight`: what can be seen of an organization before anybody signs in.
struct PreflightAPI: Sendable {
    let desk: APIDesk

    func run(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .preflight)
        var body = try await request.jsonObject()
        let text = try body.takeString("organization_url")
        try body.finish()
        let organization = try organization(text)
        do {
            let report = try await desk.web.coldPreflight.run(
                organizationURL: organization, caller: caller.key.id.text)
            return .json(octets: try report.json())
        } catch let refusal as ColdPreflightRefusal {
            throw WebRefusal(refusal)
        }
    }

    private func organization(_ text: String?) throws -> OrganizationURL {
        guard let text else {
            throw WebRefusal(
                .unprocessableContent, "organization_url.missing", "The member \"organization_url\" is missing.",
                remedy: "Send the organization's subdomain or address.")
        }
        do {
            return try OrganizationURL(parsing: text, policy: desk.web.settings.hostPolicy)
        } catch {
            throw WebRefusal(.unprocessableContent, error.explanation)
        }
    }
}

extension WebRefusal {
    /// Also for the page that does the same.
    init(_ refusal: ColdPreflightRefusal) {
        switch refusal {
        case .tooMany(let seconds): self = .tooManyRequests(retryAfter: seconds)
        }
    }
}
