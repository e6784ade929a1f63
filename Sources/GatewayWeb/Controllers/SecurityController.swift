import FoundationEssentials
import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Storage

/// Keys, rotation and evidence: for the security role alone, which sees no connection by it (KEY-26).
struct SecurityController: Sendable {
    let desk: PageDesk
    let proofs: ProofDesk

    /// `GET /security`
    func show(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await visit(request) { visitor in
            try await page(for: visitor, keepsStill: try request.query()["refresh"] == "off")
        }
    }

    /// `GET /security/progress`: the figures that change while a rotation is under way, for the page's script.
    func progress(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let visitor = try await desk.visitors.require(request)
        guard visitor.maySecure else { throw WebRefusal.forbidden }
        let seen = try await look()
        let cards = seen.keys.keys.map { DataKeyCard($0, isResealing: true, now: seen.now) }
        return try .json(
            ProgressJSON(
                phase: seen.rotation.phase, reseal: ResealNote(seen.keys, now: seen.now), cards: cards))
    }

    /// `GET /security/keys/{key}/retire`
    func askToRetire(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await ask(request, context, "retire") { key in
            Question(
                heading: "Retire \(key.id)?", button: "Retire \(key.id)",
                sentences: [
                    "\(key.id) will never seal again. It opens only what a restored backup may bring back.",
                    key.records == 0
                        ? "No record needs it." : "\(Counted.of(key.records, "record")) still need it: reseal first.",
                    "This cannot be taken back.",
                ])
        }
    }

    /// `GET /security/keys/{key}/destroy`
    func askToDestroy(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let due = PageMoment(
            desk.web.clock.now.addingTimeInterval(KeyRotation.destructionDelay), now: desk.web.clock.now)
        return try await ask(request, context, "destroy") { key in
            Question(
                heading: "Destroy \(key.id)?", button: "Schedule the destruction of \(key.id)",
                sentences: [
                    "\(key.id) will be erased on \(due.text), \(due.distance). Until then it can be kept.",
                    KeyRotation.copiesKeepTheKey,
                ])
        }
    }

    private struct Question {
        let heading: String
        let button: String
        let sentences: [String]
    }

    private func ask(
        _ request: Request, _ context: GatewayContext, _ step: String, _ question: (KeyStanding.Key) -> Question
    ) async throws -> Response {
        try await visit(request) { visitor in
            let id = try Self.key(context)
            let keys = try await desk.web.keyDesk.standing().keys
            guard let key = keys.first(where: { $0.id == id }), key.state != DataKeyWord.missing else {
                throw WebRefusal.notFound
            }
            let question = question(key)
            return .html(
                desk.web.renderer.render(
                    ConfirmPage(
                        frame: desk.frame(for: visitor), heading: question.heading, sentences: question.sentences,
                        action: SecurityPath.key(id, step), button: question.button,
                        formToken: desk.formToken(for: visitor, purpose: Purpose.security),
                        back: PageLink("Security", path: SecurityPath.page))))
        }
    }

    private func visit(_ request: Request, _ answer: (Visitor) async throws -> Response) async throws -> Response {
        try await desk.page(request) { visitor in
            guard visitor.maySecure else { throw WebRefusal.forbidden }
            return try await answer(visitor)
        }
    }

    static func key(_ context: GatewayContext) throws -> String {
        guard let id = context.parameters.get("key"), id.utf8.count <= 32 else { throw WebRefusal.notFound }
        return id
    }
}

extension SecurityController {
    /// Everything that the page tells, as it was at one moment.
    struct Seen {
        let keys: KeyStanding
        let rotation: RotationStanding
        let now: Date
    }

    func look() async throws -> Seen {
        let keys = try await desk.web.keyDesk.standing()
        return Seen(
            keys: keys, rotation: RotationStanding(keys, isProving: proofs.isUnderWay), now: desk.web.clock.now)
    }

    func page(
        for visitor: Visitor, keepsStill: Bool = false, status: HTTPResponse.Status = .ok,
        messages: [PageMessage] = [], oddSpeed: String? = nil
    ) async throws -> Response {
        let seen = try await look()
        let (keys, now) = (seen.keys, seen.now)
        let isResealing = keys.openReseal != nil
        let cards = keys.inOrder.map { DataKeyCard($0, isResealing: isResealing, now: now) }
        let told = proofs.takeFailure().map { [PageMessage(.attention, $0.sentence)] } ?? []
        let page = SecurityPage(
            frame: desk.frame(for: visitor, messages: messages + told), standing: seen.rotation,
            age: keys.ageSentence, keys: cards.filter { !$0.isDestroyed }, destroyedKeys: cards.filter(\.isDestroyed),
            reseal: ResealNote(keys, now: now),
            proof: keys.proofs.first.flatMap { ProofNote($0, known: proofs.last, now: now) },
            services: keys.nodes.count, hasRemnants: try await desk.web.store.hasRemnants(),
            audit: try await audit(now),
            formToken: desk.formToken(for: visitor, purpose: Purpose.security), keepsStill: keepsStill,
            oddSpeed: oddSpeed)
        return .html(
            desk.web.renderer.render(page), status: status,
            headerFields: [.contentSecurityPolicy: ContentSecurityPolicy.scripted])
    }

    private func audit(_ now: Date) async throws -> AuditNote {
        let entries = try await desk.web.store.auditTreeHead().size
        let signed = try await desk.web.store.newestAuditCheckpoint()
        return AuditNote(
            entries: Int(entries),
            checkpoint: signed.map { CheckpointNote($0, entries: entries, now: now) },
            witnesses: AuditNote.Witnesses(desk.web.auditLog.standing))
    }
}

/// What the page's script asks for.
private struct ProgressJSON: Encodable {
    struct Bar: Encodable {
        let value: Int
        let maximum: Int
    }

    let phase: String
    /// By the id of the element that shows it.
    let texts: [String: String]
    let bar: Bar?

    init(phase: String, reseal: ResealNote?, cards: [DataKeyCard]) {
        self.phase = phase
        var texts = Dictionary(cards.map { ($0.recordsID, $0.records) }) { first, _ in first }
        if let reseal {
            texts["progress-text"] = reseal.progressText
            texts["progress-note"] = reseal.progressNote
            texts["progress-speed"] = reseal.speedText
        }
        self.texts = texts
        bar = reseal.map { Bar(value: Int($0.value) ?? 0, maximum: Int($0.maximum) ?? 1) }
    }
}
