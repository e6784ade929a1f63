import Synchronization

/// An answer that several checks need: asked when the first one wants it, and once.
///
/// The question goes on when whoever asked first gives up, because others may wait for it; the transport bounds it.
final class SharedAnswer<Value: Sendable>: Sendable {
    private let question: @Sendable () async -> Value
    private let asked = Mutex<Task<Value, Never>?>(nil)

    init(_ question: @escaping @Sendable () async -> Value) {
        self.question = question
    }

    var value: Value {
        get async { await task().value }
    }

    private func task() -> Task<Value, Never> {
        asked.withLock { asked in
            if let asked { return asked }
            let task = Task { [question] in await question() }
            asked = task
            return task
        }
    }
}
