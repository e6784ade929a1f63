import FoundationEssentials
import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Preflight
import Storage

/// One run of the checks for a page: waited for, or told line by line as the checks end.
struct DiagnosticsRun: Sendable {
    let diagnostics: Diagnostics
    let connection: Connection
    let only: CheckCode?
    let actor: AuditActor

    func report() async throws -> PreflightReport {
        try await diagnostics.run(connection, only: only, actor: actor)
    }

    /// A JSON object a line: what begins, each finding, and at last the page to go to. A reader who leaves does not stop the
    /// run, and one who is slow does not hold it up.
    func streamed(page: String, logger: Logger) -> Response {
        let (lines, feed) = AsyncStream<ByteBuffer>.makeStream()
        Task {
            defer { feed.finish() }
            feed.yield(line: Beginning(begins: diagnostics.codes(only: only).map(\.rawValue)))
            do {
                let report = try await diagnostics.run(connection, only: only, actor: actor) { found in
                    feed.yield(line: FindingLine(found))
                }
                feed.yield(line: End(page: "\(page)?run=\(report.id)#verdict"))
            } catch {
                logger.error("checks of a page", metadata: ["error": "\(type(of: error))"])
            }
        }
        let fields: HTTPFields = [.contentType: "application/x-ndjson; charset=utf-8"]
        return Response(
            status: .ok, headers: fields,
            body: ResponseBody { writer in
                try await writer.write(lines)
                try await writer.finish(nil)
            })
    }

    private struct Beginning: Encodable {
        let begins: [String]
    }

    private struct FindingLine: Encodable {
        let code: String
        let tone: String
        let word: String
        let message: String

        init(_ found: CheckedFinding) {
            let mark = CheckOutcome(found.finding.status).mark
            (code, tone, word) = (found.code.rawValue, mark.tone, mark.word)
            message = found.finding.message
        }
    }

    private struct End: Encodable {
        let page: String
    }
}

extension AsyncStream<ByteBuffer>.Continuation {
    fileprivate func yield(line: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(line) else { return }
        yield(ByteBuffer(bytes: Array(data) + [UInt8(ascii: "\n")]))
    }
}
