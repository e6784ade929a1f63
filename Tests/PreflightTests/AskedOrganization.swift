import Foundation
import GatewayCore
import HTTPTypes
import OAuth
import TestSupport
import Zendesk
import ZendeskEmulator

@testable import Preflight

/// One organization of the stand-in, and what a connection to it knows.
struct AskedOrganization: Sendable {
    let clock = HandClock()
    let standIn: EmulatorWorld
    let transport: WatchedTransport
    var usesPlainHTTP = true
    let subdomain: String
    var level = PermissionLevel.readAndAct
    /// Nil: exactly what the level asks for.
    var granted: ScopeSet?
    /// Nil: a live one of the stand-in, where there is anybody to give it.
    var accessToken: String?
    var accessEnd: TimeInterval? = 172_800
    var refreshEnd: TimeInterval? = 7_776_000
    var hasRefreshToken = true
    var clientID = SampleGateway.clientID
    var redirectURI = SampleGateway.redirectURI
    /// Where our calls come from.
    var egress: [IPRange] = []
    var isConnected = true

    init(_ subdomain: String = "acme") throws {
        standIn = .forTests(clock: clock)
        transport = WatchedTransport(Bridge(standIn))
        self.subdomain = subdomain
    }

    var policy: HostPolicy {
        get throws { try HostPolicy(parsing: "zendesk.localhost:9443", usesPlainHTTP: usesPlainHTTP) }
    }

    func context() throws -> PreflightContext {
        let organization = try OrganizationURL(subdomain: subdomain, policy: try policy)
        let client = ZendeskClient(organization: organization, transport: transport, accessToken: Secret(token()))
        let connected = ConnectedFacts(
            permissionLevel: level, grantedScopes: granted ?? level.scopes,
            accessTokenExpiresAt: accessEnd.map { clock.now.addingTimeInterval($0) },
            refreshTokenExpiresAt: refreshEnd.map { clock.now.addingTimeInterval($0) },
            hasRefreshToken: hasRefreshToken, client: client)
        return PreflightContext(
            organization: organization, transport: transport, authorization: request, clock: clock, egress: egress,
            connected: isConnected ? connected : nil)
    }

    /// What a browser would be sent with.
    private var request: AuthorizationRequest {
        let random = SystemRandomSource()
        return AuthorizationRequest(
            clientID: clientID, redirectURI: redirectURI, scope: level.scopes,
            state: AuthorizationState(random: random).value, challenge: ProofKey(random: random).challenge)
    }

    func report() async throws -> PreflightReport {
        await PreflightRunner().run(
            PreflightReportID(random: SystemRandomSource()), in: try context(), connection: nil)
    }

    func coldReport() async throws -> PreflightReport {
        await PreflightRunner(checks: PreflightRunner.coldChecks).run(
            PreflightReportID(random: SystemRandomSource()), in: try context(), connection: nil)
    }

    func finding(_ check: any Check) async throws -> Finding { await check.run(in: try context()) }

    /// Answers these paths in Zendesk's place.
    func answer(_ answers: [String: OutboundResponse]) {
        transport.before { request throws(TransportFailure) in
            answers.first { request.path.hasPrefix($0.key) }?.value
        }
    }

    func fail(_ path: String, _ failure: TransportFailure) {
        transport.before { request throws(TransportFailure) in
            if request.path.hasPrefix(path) { throw failure }
            return nil
        }
    }

    private func token() -> String {
        accessToken
            ?? standIn.grant(
                subdomain, client: SampleGateway.clientID, scopes: level.scopes.names.sorted())?.accessToken
            ?? "canary-access-token"
    }
}

enum Path {
    static let locales = "/api/v2/locales/public"
    static let authorization = "/oauth/authorizations/new"
    static let audit = "/api/v2/audit_logs"
    static let me = "/api/v2/users/me"
    static let users = "/api/v2/users.json"
    static let brands = "/api/v2/brands"
    static let segments = "/api/v2/help_center/user_segments"
    static let security = "/api/v2/security_settings"

    static func entitlements(_ asked: AskedOrganization) -> String {
        "/api/v2/users/\(asked.standIn.organization(asked.subdomain)?.people.first?.id ?? 0)/entitlements"
    }
}

func json(_ text: String, status: Int = 200) -> OutboundResponse {
    OutboundResponse(
        status: .init(code: status), headerFields: [.contentType: "application/json; charset=utf-8"],
        body: Array(text.utf8))
}

func page(_ status: Int, location: String? = nil) -> OutboundResponse {
    var fields: HTTPFields = [.contentType: "text/html; charset=utf-8"]
    fields[.location] = location
    return OutboundResponse(
        status: .init(code: status), headerFields: fields, body: Array("<!DOCTYPE html><title>canary</title>".utf8))
}

/// Zendesk's refusals, as they were seen.
enum Refused {
    static let invalidToken = json(#"{"error":"invalid_token","error_description":"expired"}"#, status: 401)
    static let unauthenticated = json(#"{"error":"Couldn't authenticate you"}"#, status: 401)
    static let role = json(#"{"error":{"title":"Forbidden","message":"You do not have access"}}"#, status: 403)
    static let scope = json(
        #"{"error":"Forbidden","description":"You are missing the following required scopes: users:read, read"}"#,
        status: 403)
    static let noHelpDesk = json(#"{"error":{"title":"No help desk at acme.zendesk.com"}}"#, status: 404)
    static let noRecord = json(#"{"error":"RecordNotFound","description":"Not found"}"#, status: 404)
    static let noEndpoint = json(#"{"error":"InvalidEndpoint","description":"Not found"}"#, status: 404)
    static let empty = OutboundResponse(status: .notFound)
    static let empty403 = OutboundResponse(status: .forbidden)
    static let busy = json("", status: 429)
}
