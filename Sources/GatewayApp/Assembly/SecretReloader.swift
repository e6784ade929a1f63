import Gateway
import GatewayCore
import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the client secret file again on SIGHUP and asks Zendesk about it before it is used. A bad file changes nothing:
/// the secret that works stays in use.
struct SecretReloader: Service {
    /// Trapped by whoever assembles, before anything listens: untrapped, SIGHUP ends the process.
    let signals: UnixSignalsSequence
    let file: ClientSecretFile?
    let change: ClientSecretChange
    let logger: Logger
    /// Whoever waits for Zendesk to accept the client again may try at once.
    var onActivation: @Sendable () async -> Void = {}

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in signals { await reload() }
        }
    }

    private func reload() async {
        guard let file else {
            logger.notice("SIGHUP: there is no client secret file to read again")
            return
        }
        do {
            try await take(try file.readAgain(), for: file)
        } catch let fault as ClientSecretFileFault {
            logger.error(
                "SIGHUP: the client secret file was not taken, the former secret stays in use. \(fault.sentence)")
        } catch {
            logger.error(
                "SIGHUP: the client secret file was not taken, the former secret stays in use",
                metadata: ["error": "\(ErrorName.of(error))"])
        }
    }

    private func take(_ candidate: [Secret], for file: ClientSecretFile) async throws {
        let outcome = try await change.take(candidate, actor: .system) { file.activate($0) }
        let count: Logger.Metadata = ["secrets": "\(candidate.count)"]
        switch outcome {
        case .activated:
            logger.notice("SIGHUP: the client secret file was read again", metadata: count)
        case .activatedUnverified(let code):
            logger.warning(
                """
                SIGHUP: the client secret file was read again, but no organization could be asked about it; the former \
                secret stays behind the new one
                """, metadata: ["reason": "\(code)"])
        case .refused:
            logger.error(
                """
                SIGHUP: Zendesk refuses the first secret of the client secret file; the former secret stays in use. \
                Correct the file and send SIGHUP again.
                """)
            return
        case .unchanged(let verdict):
            logger.notice(
                "SIGHUP: the client secret file was read again and holds what is in use",
                metadata: ["zendesk": "\(verdict)"])
        }
        await onActivation()
    }
}
