import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Storage

// The steps of a data key's life, each a form of its own. What is refused is told on the page, in the words of the refusal.
extension SecurityController {
    /// `POST /security/generate`
    func generate(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await step(request) { actor, fields in
            _ = try await desk.web.keyDesk.generate(reason: try Self.reason(fields), actor: actor)
        }
    }

    /// `POST /security/keys/{key}/promote`
    func promote(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let id = try Self.key(context)
        return try await step(request) { actor, fields in
            try await desk.web.keyDesk.promote(id, reason: try Self.reason(fields), actor: actor)
        }
    }

    /// `POST /security/reseal`: goes on behind the answer.
    func reseal(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await step(request) { actor, fields in
            _ = try await desk.web.keyDesk.start(
                rowsPerSecond: try Self.speed(fields), reason: try Self.reason(fields), actor: actor)
        }
    }

    /// `POST /security/rotate`: all of it, behind the answer.
    func rotate(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await step(request) { actor, fields in
            _ = try await desk.web.keyDesk.rotate(
                rowsPerSecond: try Self.speed(fields), reason: try Self.reason(fields), actor: actor)
        }
    }

    /// `POST /security/pause`
    func pause(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await step(request) { actor, _ in _ = try await desk.web.keyDesk.pause(actor: actor) }
    }

    /// `POST /security/resume`
    func resume(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await step(request) { actor, _ in _ = try await desk.web.keyDesk.resume(actor: actor) }
    }

    /// `POST /security/speed`
    func speed(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await step(request) { actor, fields in
            _ = try await desk.web.keyDesk.throttle(rowsPerSecond: try Self.speed(fields), actor: actor)
        }
    }

    /// `POST /security/verify`: waited for while it is quick.
    func verify(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await step(request) { actor, _ in
            try await proofs.make { try await desk.web.keyDesk.verify(actor: actor) }
        }
    }

    /// `POST /security/keys/{key}/retire`
    func retire(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let id = try Self.key(context)
        return try await step(request) { actor, fields in
            try await desk.web.keyDesk.retire(id, reason: try Self.reason(fields), actor: actor)
        }
    }

    /// `POST /security/keys/{key}/destroy`
    func destroy(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let id = try Self.key(context)
        return try await step(request) { actor, fields in
            _ = try await desk.web.keyDesk.destroy(id, reason: try Self.reason(fields), actor: actor)
        }
    }

    /// `POST /security/keys/{key}/keep`
    func keep(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let id = try Self.key(context)
        return try await step(request) { actor, _ in try await desk.web.keyDesk.keep(id, actor: actor) }
    }

    private struct SpeedRefusal: Error {
        let typed: String
    }

    /// Nil: as fast as it goes.
    private static func speed(_ fields: PercentEncodedPairs) throws -> Int? {
        guard let text = fields["rows_per_second"], !text.isEmpty else { return nil }
        let isDigits =
            text.utf8.count <= 9 && text.hasOnlyDigits
        guard isDigits, let rows = Int(text), rows > 0 else { throw SpeedRefusal(typed: String(text.prefix(40))) }
        return rows
    }

    /// Nil: none was written.
    private static func reason(_ fields: PercentEncodedPairs) throws -> ChangeReason? {
        do {
            return try fields["reason"].map { text throws(ChangeReasonRefusal) in try ChangeReason(text) }
        } catch ChangeReasonRefusal.empty {
            return nil
        }
    }

    private func step(
        _ request: Request, _ work: (AuditActor, PercentEncodedPairs) async throws -> Void
    ) async throws -> Response {
        let (visitor, fields) = try await desk.form(request, purpose: Purpose.security)
        guard visitor.maySecure else { throw WebRefusal.forbidden }
        do {
            try await work(visitor.session.actor, fields)
        } catch let refusal as KeyRotationRefusal {
            try await record(refusal.explanation.code, visitor, request)
            return try await page(
                for: visitor, status: .conflict, messages: [PageMessage(.attention, refusal.explanation.sentence)])
        } catch let refusal as ChangeReasonRefusal {
            return try await page(
                for: visitor, status: .unprocessableContent,
                messages: [PageMessage(.attention, refusal.explanation.sentence)])
        } catch let refusal as SpeedRefusal {
            return try await page(for: visitor, status: .unprocessableContent, oddSpeed: refusal.typed)
        }
        return .seeOther(SecurityPath.page)
    }

    /// A step that was not taken is in the log as well; its subject is the address.
    private func record(_ code: String, _ visitor: Visitor, _ request: Request) async throws {
        try await desk.web.store.append([
            AuditEvent(
                at: desk.web.clock.now, actor: visitor.session.actor, action: .accessDenied,
                outcome: .refused(code: code), tenant: visitor.session.tenant,
                subject: "POST \(request.uri.path.prefix(100))")
        ])
    }
}

extension Explanation {
    /// What happened and what to do, one behind the other.
    var sentence: String { remedy.map { "\(message) \($0)" } ?? message }
}
