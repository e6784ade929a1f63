import FoundationEssentials
import HTTPTypes

/// `/oauth/authorizations/new`, the decision that follows, and signing in.
extension Organization {
    static let sessionCookie = "_zendesk_session"
    static let decisionPath = "/oauth/authorizations"
    static let signInPath = "/access/login"

    /// Shows the sign-in page or the consent page, or says what is wrong with the request.
    mutating func answerAuthorization(
        _ request: EmulatedRequest, parameters: Parameters, clients: [String: EmulatorClient]
    ) -> Answer {
        do throws(AuthorizationRequest.Refusal) {
            let asked = try AuthorizationRequest(parameters, clients: clients, organization: self)
            let address = AuthorizationRequest.path + "?" + Parameters(asked.fields).encoded
            guard let session = session(of: request), let person = person(session.userID) else {
                if switches.signInStyle == .redirect, request.method != "POST" {
                    return .redirect("/access/unauthenticated?return_to=" + PercentCoding.encode(address))
                }
                return Pages.signIn(self, returnTo: address, complaint: nil)
            }
            return Pages.consent(self, asked: asked, person: person, formToken: session.formToken)
        } catch {
            return refusalPage(error)
        }
    }

    private func refusalPage(_ refusal: AuthorizationRequest.Refusal) -> Answer {
        // The status of a refused scope is documented; that of the other page is not, so it is a switch.
        let status = refusal.code == "invalid_scope" ? 400 : switches.invalidRequestPageStatus
        return Pages.invalidAuthorizationRequest(refusal, status: status)
    }

    mutating func answerDecision(
        _ request: EmulatedRequest, clients: [String: EmulatorClient], moment: Moment
    ) -> Answer {
        guard let form = form(of: request), let session = session(of: request), let person = person(session.userID),
            form["authenticity_token"] == session.formToken
        else { return Pages.plain("Sign in again", "This form has expired. Start again where you came from.", 403) }
        do throws(AuthorizationRequest.Refusal) {
            let asked = try AuthorizationRequest(form, clients: clients, organization: self)
            switch form["decision"] {
            case "allow": return allow(asked, person: person, moment: moment)
            case "deny": return deny(asked)
            default: throw AuthorizationRequest.Refusal(reason: "\"decision\" missing")
            }
        } catch {
            return refusalPage(error)
        }
    }

    private mutating func allow(_ asked: AuthorizationRequest, person: Person, moment: Moment) -> Answer {
        .redirect(asked.callback([("code", issueCode(asked, person: person, moment: moment))]))
    }

    mutating func issueCode(_ asked: AuthorizationRequest, person: Person, moment: Moment) -> String {
        let code = AuthorizationCode(
            value: moment.random.hex(32), clientIdentifier: asked.client.identifier, redirectURI: asked.redirectURI,
            challenge: asked.challenge, scopes: asked.scopes, userID: person.id, issuedAt: moment.now)
        codes.add(code)
        return code.value
    }

    /// Three spellings of the same sentence are on record.
    private func deny(_ asked: AuthorizationRequest) -> Answer {
        let style = switches.deniedDescription
        let sentence = "The end-user or authorization server denied the request" + (style == .fullStop ? "." : "")
        return .redirect(
            asked.callback(
                [("error", "access_denied"), ("error_description", sentence)], spaceAsPlus: style == .plus))
    }

    mutating func answerSignIn(_ request: EmulatedRequest, moment: Moment) -> Answer {
        guard let form = form(of: request), let returnTo = form["return_to"],
            returnTo.hasPrefix(AuthorizationRequest.path + "?")
        else { return Pages.plain("Nothing to return to", "Start again where you came from.", 400) }
        guard let person = people.first(where: { $0.email == form["email"] && $0.isActive }),
            form["password"] == Person.password
        else { return Pages.signIn(self, returnTo: returnTo, complaint: "Wrong email address or password.") }
        guard !person.isSuspended || switches.suspendedMaySignIn else {
            return Pages.signIn(self, returnTo: returnTo, complaint: "This person is suspended.")
        }
        return .redirect(returnTo)
            .with(.setCookie, cookie(openSession(for: person, moment: moment), secure: request.scheme == "https"))
    }

    private mutating func openSession(for person: Person, moment: Moment) -> String {
        let identifier = moment.random.hex(32)
        sessions[identifier] = BrowserSession(userID: person.id, formToken: moment.random.hex(32))
        recordSignIn(of: person, moment: moment)
        return identifier
    }

    private func cookie(_ identifier: String, secure: Bool) -> String {
        // No Domain attribute: a session belongs to one subdomain.
        "\(Self.sessionCookie)=\(identifier); Path=/; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "")
    }

    private func session(of request: EmulatedRequest) -> BrowserSession? {
        request.cookie(Self.sessionCookie).flatMap { sessions[$0] }
    }

    private func form(of request: EmulatedRequest) -> Parameters? {
        guard request.contentType == "application/x-www-form-urlencoded",
            let text = String(validating: request.body, as: UTF8.self), let form = Parameters(encoded: text),
            form.repeatedName == nil
        else { return nil }
        return form
    }
}

/// Somebody signed in in a browser.
struct BrowserSession: Sendable, Equatable {
    let userID: Int64
    /// Ties a form to this session, so that no other page can press Allow.
    let formToken: String
}
