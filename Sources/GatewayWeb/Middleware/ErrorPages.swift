import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Logging
import Storage

/// Turns everything that was thrown into an answer: a page for browsers, problem details for programs. Never more than a
/// reference number about what nobody expected (WEB-29).
struct ErrorPages: RouterMiddleware {
    let renderer: PageRenderer
    let logger: Logger

    func handle(
        _ request: Request, context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let refusal = refusal(for: error, context)
            return request.isForAPI
                ? try ProblemDetails(refusal, reference: context.reference).response(refusal.headerFields)
                : page(refusal, context)
        }
    }

    private func page(_ refusal: WebRefusal, _ context: GatewayContext) -> Response {
        let reference = refusal.status.code >= 500 ? context.reference : nil
        let page =
            refusal.occasion.map { NoticePage($0, reference: reference) }
            ?? NoticePage(heading: "That did not work", explanation: refusal.explanation, reference: reference)
        return .html(renderer.render(page), status: refusal.status, headerFields: refusal.headerFields)
    }

    private func refusal(for error: any Error, _ context: GatewayContext) -> WebRefusal {
        switch error {
        case let refusal as WebRefusal: return refusal
        case let error as HTTPError where error.status.code < 500: return Self.refusal(error.status)
        case let refusal as DiagnosticsRefusal: return WebRefusal(.conflict, refusal.explanation)
        case let refusal as DisconnectRefusal: return WebRefusal(.serviceUnavailable, refusal.explanation)
        case let refusal as LeaseRefusal: return WebRefusal(refusal)
        case let refusal as TokenRefusal: return WebRefusal(refusal)
        case let refusal as KeyRotationRefusal: return WebRefusal(refusal)
        case let refusal as ChangeReasonRefusal: return WebRefusal(.unprocessableContent, refusal.explanation)
        case let refusal as WatchRefusal:
            return WebRefusal(
                refusal == .tooMany ? .serviceUnavailable : .tooManyRequests, refusal.explanation,
                headerFields: [.retryAfter: "5"])
        case StorageError.unknownCursor:
            return WebRefusal(
                .badRequest, "request.unknown_cursor", "The cursor is not one that a page returned.",
                remedy: "Start from the first page.")
        case let error as StorageError:
            logger.error("store", metadata: ["request_id": "\(context.reference)", "error": "\(error)"])
            return error == .conflict ? Self.conflict : .unavailable
        default:
            // The type only: a description may repeat what was sent.
            logger.error(
                "unexpected error",
                metadata: ["request_id": "\(context.reference)", "error": "\(type(of: error))"])
            return Self.failure
        }
    }

    private static let conflict = WebRefusal(
        .conflict, "request.conflict", "Somebody else changed this at the same moment.",
        remedy: "Look at it again and repeat what is still to be done.")

    private static let failure = WebRefusal(
        .internalServerError, "service.failure", "The gateway met an error that it did not expect.",
        remedy: "Try again; if it happens again, give the request id to the operator.", occasion: .failure)

    private static func refusal(_ status: HTTPResponse.Status) -> WebRefusal {
        switch status {
        case .notFound: .notFound
        case .contentTooLarge: .tooLarge
        default: WebRefusal(status, "request.refused", "The request was not acceptable.")
        }
    }
}

extension WebRefusal {
    init(_ refusal: LeaseRefusal) {
        switch refusal {
        case .preflightFailing: self.init(.conflict, refusal.explanation)
        case .minimumTooLong(let longest): self.init(.unprocessableContent, refusal.explanation, limit: longest)
        case .expired, .replacedMeanwhile:
            self.init(.serviceUnavailable, refusal.explanation, headerFields: [.retryAfter: "5"])
        }
    }

    init(_ refusal: TokenRefusal) {
        switch refusal {
        case .disconnected, .needsReauthorization: self.init(.conflict, refusal.explanation)
        case .unavailable(_, let seconds):
            self.init(.serviceUnavailable, refusal.explanation, headerFields: [.retryAfter: String(seconds)])
        }
    }
}
