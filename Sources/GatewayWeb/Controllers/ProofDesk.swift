import FoundationEssentials
import Gateway
import GatewayCore
import Synchronization

/// Makes proofs one at a time. A quick one is waited for; one over many records goes on behind the answer.
final class ProofDesk: Sendable {
    private struct State {
        var isUnderWay = false
        var last: CompletenessProof?
        var failure: Explanation?
    }

    private let patience: Duration
    private let state = Mutex(State())

    init(patience: Duration = .seconds(2)) { self.patience = patience }

    var isUnderWay: Bool { state.withLock(\.isUnderWay) }

    /// The last one that this process made: it alone knows which records did not open.
    var last: CompletenessProof? { state.withLock(\.last) }

    /// Why the last one broke off; told once.
    func takeFailure() -> Explanation? {
        state.withLock { state in
            defer { state.failure = nil }
            return state.failure
        }
    }

    /// Does nothing while one is under way: its answer is as good.
    func make(_ proof: @escaping @Sendable () async throws -> CompletenessProof) async throws {
        let begins = state.withLock { state in
            defer { state.isUnderWay = true }
            return !state.isUnderWay
        }
        guard begins else { return }
        let (bells, bell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        Task {
            await self.carryOut(proof)
            bell.yield()
        }
        let timer = Task { [patience] in
            try await Task.sleep(for: patience)
            bell.yield()
        }
        defer { timer.cancel() }
        for await _ in bells { return }
    }

    private func carryOut(_ proof: @Sendable () async throws -> CompletenessProof) async {
        do {
            let made = try await proof()
            state.withLock { ($0.isUnderWay, $0.last, $0.failure) = (false, made, nil) }
        } catch {
            let told =
                (error as? any Explained)?.explanation
                ?? Explanation(
                    code: "keys.proof_broke_off", message: "The proof broke off before its end.",
                    remedy: "Look into the log, then try again.")
            state.withLock { ($0.isUnderWay, $0.failure) = (false, told) }
        }
    }
}
