import Gateway
import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the client secret file again on SIGHUP. A bad file changes nothing: the secret that works stays in use.
struct SecretReloader: Service {
    /// Trapped by whoever assembles, before anything listens: untrapped, SIGHUP ends the process.
    let signals: UnixSignalsSequence
    let file: ClientSecretFile?
    let refresher: Refresher
    let logger: Logger

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
            try file.reload()
            await refresher.clientSecretChanged()
            logger.notice(
                "SIGHUP: the client secret file was read again", metadata: ["secrets": "\(file.secrets.count)"])
        } catch {
            logger.error(
                "SIGHUP: the client secret file was not taken, the former secret stays in use. \(error.sentence)")
        }
    }
}
