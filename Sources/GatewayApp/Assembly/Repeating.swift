/// Does it again and again until the task is cancelled, with a rest behind each round.
func repeating(every interval: Duration, _ round: () async -> Void) async {
    while !Task.isCancelled {
        await round()
        try? await Task.sleep(for: interval)
    }
}
