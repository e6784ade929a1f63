/// The public side: the world's answers, unless a fault is waiting for this request.
struct PublicListener: Sendable {
    let world: EmulatorWorld

    /// Nil: close the connection.
    func reply(_ request: EmulatedRequest) async -> Answer? {
        let latency = world.read { $0.latency(ofHost: request.host) }
        // A cancelled wait means that the server stops; the answer no longer matters then.
        if latency > 0 { try? await Task.sleep(for: .milliseconds(latency)) }
        guard let fault = world.takeFault(for: request) else { return world.answer(request) }
        if fault.kind != .delayAfter { await wait(fault) }
        guard fault.letsRequestThrough else {
            let answer = fault.ownAnswer
            world.noteFaulted(request, fault: fault, status: answer?.status ?? 0)
            return answer
        }
        let answer = fault.spoil(world.answer(request))
        if fault.kind == .delayAfter { await wait(fault) }
        return answer
    }

    private func wait(_ fault: Fault) async {
        guard fault.milliseconds > 0 else { return }
        // A cancelled wait means that the server stops; the answer no longer matters then.
        try? await Task.sleep(for: .milliseconds(fault.milliseconds))
    }
}
