import GatewayCore

/// The form that starts a connect or a reauthorization.
struct ConnectPage: Page {
    static let template = "connect"

    let frame: PageFrame
    let heading: String
    let lead: String
    let formToken: String
    let domain: String
    let hasErrors: Bool
    let organizationError: FieldError?
    let levelError: FieldError?
    let formError: FieldError?
    let fixedOrganization: String?
    let asksOrganization: Bool
    let typedOrganization: String
    let organizationDescribedBy: String
    let levels: [LevelChoice]
    let reauthorizedConnection: String?
    let changesLevel: Bool

    /// The form, fresh or refused.
    ///
    /// `domain` is the configured Zendesk domain, the end of the address to type. `typed` is what came with the refused
    /// form, so that nobody types twice. `offered` are the permission levels of the connect session; `chosen` is marked,
    /// and nil leaves the choice open. `fixedOrganization` is set when the session or the connection names the
    /// organization, `reauthorizing` is the id of a connection to renew; `changing` is its level when another one is
    /// wanted.
    init(
        frame: PageFrame, formToken: String, domain: String, typed: String = "",
        offered: [PermissionLevel] = PermissionLevel.allCases, chosen: PermissionLevel? = nil,
        fixedOrganization: String? = nil, reauthorizing: String? = nil, changing: PermissionLevel? = nil,
        organizationError: Explanation? = nil, levelError: Explanation? = nil, formError: Explanation? = nil
    ) {
        let heading =
            changing != nil
            ? "Change permission level" : reauthorizing == nil ? "Connect Zendesk" : "Reconnect Zendesk"
        self.heading = heading
        self.hasErrors = organizationError != nil || levelError != nil || formError != nil
        self.frame = frame.titled(hasErrors ? "Error: \(heading)" : heading)
        lead = Self.lead(reauthorizing: reauthorizing, changing: changing)
        changesLevel = changing != nil
        self.formToken = formToken
        self.domain = domain
        self.organizationError = organizationError.map(FieldError.init)
        self.levelError = levelError.map(FieldError.init)
        self.formError = formError.map(FieldError.init)
        self.fixedOrganization = fixedOrganization
        asksOrganization = fixedOrganization == nil
        typedOrganization = typed
        organizationDescribedBy =
            organizationError == nil ? "organization_url-hint" : "organization_url-error organization_url-hint"
        levels = offered.map { LevelChoice($0, chosen: $0 == (offered.count == 1 ? offered.first : chosen)) }
        reauthorizedConnection = reauthorizing
    }

    private static func lead(reauthorizing: String?, changing: PermissionLevel?) -> String {
        if let changing {
            return "The level is “\(changing.title)” now. Choose another one and sign in at Zendesk again; until that "
                + "is done, and if it is turned down, everything stays as it is."
        }
        return reauthorizing == nil
            ? "Give Latchkey access to one Zendesk organization. It takes about a minute."
            : "Sign in at Zendesk again to renew this connection. Its history stays."
    }
}

/// A permission level to choose.
struct LevelChoice: Sendable {
    let level: String
    let levelTitle: String
    let explanation: String
    let isChosen: Bool

    init(_ level: PermissionLevel, chosen: Bool) {
        self.level = level.rawValue
        self.levelTitle = level.title
        self.isChosen = chosen
        explanation =
            switch level {
            case .read:
                "Sync users, roles, licences, last sign-in and daily usage. Latchkey changes nothing in Zendesk."
            case .readAndAct:
                "Also create, delete, upgrade and downgrade users and reassign tickets, when somebody here asks for it."
            }
    }
}

/// What is wrong with a field and what to do about it.
struct FieldError: Sendable {
    let problem: String
    let advice: String?

    init(_ explanation: Explanation) {
        problem = explanation.message
        advice = explanation.remedy
    }
}
