/// What surrounds every page: title, whose console it is, where else to go, sign-out, and messages from the step before.
struct PageFrame: Sendable {
    /// The document's title; each page sets its own.
    let title: String
    let tenant: String
    let showsTenant: Bool
    let showsAreas: Bool
    let areas: [AreaLink]
    let showsSignOut: Bool
    let signOutFormToken: String
    let messages: [PageMessage]

    /// A signed-in frame has a tenant and a form token for signing out; refusals to strangers have neither. One area alone
    /// needs no navigation.
    init(
        tenant: String? = nil, signOutFormToken: String? = nil, areas: [PageArea] = [], messages: [PageMessage] = []
    ) {
        self.init(
            title: "", tenant: tenant, signOutFormToken: signOutFormToken, areas: areas.map { AreaLink($0) },
            messages: messages)
    }

    private init(
        title: String, tenant: String?, signOutFormToken: String?, areas: [AreaLink], messages: [PageMessage]
    ) {
        self.title = title
        self.tenant = tenant ?? ""
        self.showsTenant = tenant != nil
        self.showsAreas = areas.count > 1
        self.areas = areas
        self.showsSignOut = signOutFormToken != nil
        self.signOutFormToken = signOutFormToken ?? ""
        self.messages = messages
    }

    /// `area` is set by pages that are an area's own first page.
    func titled(_ title: String, area: PageArea? = nil) -> PageFrame {
        PageFrame(
            title: title, tenant: showsTenant ? tenant : nil,
            signOutFormToken: showsSignOut ? signOutFormToken : nil, areas: areas.map { $0.current(area) },
            messages: messages)
    }
}

/// The parts of the console.
enum PageArea: Sendable, CaseIterable {
    case integrations, connections, security

    var link: PageLink {
        switch self {
        case .integrations: PageLink("Integrations", path: OwnPath.start)
        case .connections: PageLink("All connections", path: OwnPath.allConnections)
        case .security: PageLink("Security", path: SecurityPath.page)
        }
    }
}

/// One stop of the navigation.
struct AreaLink: Sendable {
    let areaText: String
    let areaHref: String
    let isCurrent: Bool

    init(_ area: PageArea, isCurrent: Bool = false) {
        self.init(text: area.link.text, href: area.link.href, isCurrent: isCurrent)
    }

    private init(text: String, href: String, isCurrent: Bool) {
        areaText = text
        areaHref = href
        self.isCurrent = isCurrent
    }

    func current(_ area: PageArea?) -> AreaLink {
        AreaLink(text: areaText, href: areaHref, isCurrent: area?.link.href == areaHref)
    }
}

/// One sentence about the step before: "Disconnected acme."
struct PageMessage: Sendable {
    let mark: StateMark
    let sentence: String

    init(_ tone: Tone, _ sentence: String) {
        self.sentence = sentence
        self.mark =
            switch tone {
            case .good: StateMark(.good, "Done")
            case .warning: StateMark(.warning, "Note")
            case .attention: StateMark(.attention, "Not done")
            case .busy, .off: StateMark(tone, "Note")
            }
    }
}
