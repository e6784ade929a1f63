/// The pages people see in a browser.
enum Pages {
    /// Prefilled, so that one click suffices.
    static func signIn(_ organization: Organization, returnTo: String, complaint: String?) -> Answer {
        let first = organization.people[0]
        let alert = complaint.map { "<p class=\"alert\" role=\"alert\" id=\"complaint\">\(HTML.escape($0))</p>" } ?? ""
        let wrong = complaint == nil ? "" : " aria-invalid=\"true\" aria-describedby=\"complaint\""
        let main = """
            \(alert)
            <p class="quiet">Everybody's password here is <strong>\(Person.password)</strong>.</p>
            <form method="post" action="\(Organization.signInPath)">
            \(HTML.hidden([("return_to", returnTo)]))
            <label for="email">Email address</label>
            <input type="email" id="email" name="email" autocomplete="username" required\(wrong)
            value="\(HTML.escape(first.email))">
            <label for="password">Password</label>
            <input type="password" id="password" name="password" autocomplete="current-password" required\(wrong)
            value="\(Person.password)">
            <div class="choices"><button class="primary" type="submit" id="sign-in">Sign in</button></div>
            </form>
            <h2>Or sign in as somebody else</h2>
            <ul class="people">
            \(organization.people.dropFirst().map { otherPerson($0, returnTo: returnTo) }.joined(separator: "\n"))
            </ul>
            """
        return PageFrame(title: "Sign in to \(organization.name)", place: place(organization), main: main)
            .answer(status: complaint == nil ? 200 : 422)
    }

    private static func otherPerson(_ person: Person, returnTo: String) -> String {
        let fields = [("return_to", returnTo), ("email", person.email), ("password", Person.password)]
        return """
            <li><span>\(HTML.escape(person.name)), \(describe(person))<br>\(HTML.escape(person.email))</span>
            <form method="post" action="\(Organization.signInPath)">
            \(HTML.hidden(fields))
            <button type="submit" id="sign-in-\(person.id)">Sign in as \(HTML.escape(person.name))</button>
            </form></li>
            """
    }

    private static func describe(_ person: Person) -> String {
        let role = person.roleType == 1 ? "light agent" : person.role.rawValue
        return role + (person.isSuspended ? ", suspended" : "")
    }

    static func consent(
        _ organization: Organization, asked: AuthorizationRequest, person: Person, formToken: String
    ) -> Answer {
        let scopes = asked.scopes.map { "<li>\(HTML.escape(Scopes.sentence($0)))</li>" }.joined(separator: "\n")
        let main = """
            <p>Signed in as <strong>\(HTML.escape(person.name))</strong> (\(HTML.escape(person.email))).</p>
            <p><strong>\(HTML.escape(asked.client.name))</strong> by \(HTML.escape(asked.client.company))
            would like to:</p>
            <ul id="scopes">
            \(scopes)
            </ul>
            <p class="quiet">It can never do more than you can. The answer goes to
            \(HTML.escape(asked.redirectOrigin)).</p>
            <form method="post" action="\(Organization.decisionPath)">
            \(HTML.hidden(asked.fields + [("authenticity_token", formToken)]))
            <div class="choices">
            <button class="primary" type="submit" id="allow" name="decision" value="allow">Allow</button>
            <button type="submit" id="deny" name="decision" value="deny">Deny</button>
            </div>
            </form>
            """
        return PageFrame(
            title: "Allow \(asked.client.name) to access your account?", place: place(organization), main: main,
            formLeadsAway: true
        ).answer()
    }

    /// Shown instead of a redirect: who meets this page never comes back to the client.
    static func invalidAuthorizationRequest(_ refusal: AuthorizationRequest.Refusal, status: Int) -> Answer {
        let main = """
            <p class="alert" id="reason">\(HTML.escape(refusal.reason))</p>
            <p class="quiet">Error code: <code>\(HTML.escape(refusal.code))</code></p>
            """
        return PageFrame(title: "Invalid Authorization Request", main: main).answer(status: status)
    }

    static func plain(_ title: String, _ sentence: String, _ status: Int) -> Answer {
        PageFrame(title: title, main: "<p>\(HTML.escape(sentence))</p>").answer(status: status)
    }

    static func organization(_ organization: Organization) -> Answer {
        PageFrame(
            title: organization.name, place: place(organization),
            main: "<p>\(HTML.escape(organization.purpose))</p>"
        ).answer()
    }

    /// The place Zendesk sends browsers that asked for an account which is closed or was never there.
    static func www(_ path: String) -> Answer {
        guard path == "/app/help-center-closed" else {
            return plain("Not found", "The page you were looking for doesn't exist.", 404)
        }
        return plain(
            "Help center closed",
            "This page stands for www.zendesk.com/app/help-center-closed: the account behind the address you came from "
                + "is closed, suspended or does not exist.", 200)
    }

    private static func place(_ organization: Organization) -> String {
        "\(organization.name) – Zendesk stand-in"
    }
}
