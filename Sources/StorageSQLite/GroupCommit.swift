import GRDB
import Storage
import Synchronization

/// Lets callers share a transaction: whoever comes while one is being made durable waits for the next, which takes all who
/// wait. A sync costs as much for a hundred rows as for one.
///
/// Each body runs in a savepoint of its own. No caller is answered before the commit.
final class GroupCommit: Sendable {
    /// A transaction keeps other processes waiting, so it has an end.
    private static let largestGroup = 256

    private struct State {
        var waiting: [any GroupedWork] = []
        var isWriting = false
    }

    private let writer: any DatabaseWriter
    private let files: DatabaseFiles?
    private let state = Mutex(State())

    init(writer: any DatabaseWriter, files: DatabaseFiles?) {
        self.writer = writer
        self.files = files
    }

    /// Returns once the body's work is durable, whether or not the caller's task is cancelled meanwhile.
    func run<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(GroupedWrite(body, continuation: continuation))
        }
    }

    private func enqueue(_ work: any GroupedWork) {
        let mustStart = state.withLock { state in
            state.waiting.append(work)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        // A task of its own: the first caller's cancellation must not take the others' work along.
        if mustStart { Task { await writeAll() } }
    }

    private func writeAll() async {
        while let group = nextGroup() {
            do {
                let (writer, files) = (writer, files)
                try await writer.write { database in
                    for work in group { try work.perform(in: database) }
                    // As in `SQLiteStore.write`: a commit into a deleted file would be acknowledged and then lost.
                    try files?.verify()
                }
                for work in group { work.committed() }
            } catch {
                for work in group { work.failed(error) }
            }
        }
    }

    private func nextGroup() -> [any GroupedWork]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            let group = Array(state.waiting.prefix(Self.largestGroup))
            state.waiting.removeFirst(group.count)
            return group
        }
    }
}

private protocol GroupedWork: Sendable {
    /// Throws only when the transaction itself is gone; what the body throws is its own caller's.
    func perform(in database: Database) throws
    func committed()
    func failed(_ error: any Error)
}

private final class GroupedWrite<Value: Sendable>: GroupedWork {
    private let body: @Sendable (Database) throws -> Value
    private let continuation: CheckedContinuation<Value, any Error>
    private let outcome = Mutex<Result<Value, any Error>?>(nil)

    init(
        _ body: @escaping @Sendable (Database) throws -> Value, continuation: CheckedContinuation<Value, any Error>
    ) {
        self.body = body
        self.continuation = continuation
    }

    func perform(in database: Database) throws {
        try database.cachedStatement(sql: "SAVEPOINT grouped").execute()
        do {
            let value = try body(database)
            try database.cachedStatement(sql: "RELEASE grouped").execute()
            outcome.withLock { $0 = .success(value) }
        } catch {
            // On a full disk SQLite may have rolled back everything, and then there is nothing to go back to.
            guard database.isInsideTransaction else { throw error }
            try database.cachedStatement(sql: "ROLLBACK TO grouped").execute()
            try database.cachedStatement(sql: "RELEASE grouped").execute()
            outcome.withLock { $0 = .failure(error) }
        }
    }

    func committed() {
        continuation.resume(with: outcome.withLock { $0 } ?? .failure(StorageError.unwritable))
    }

    /// A body that was refused hears why it was refused; its work was not going to be there anyway.
    func failed(_ error: any Error) {
        if case .failure(let own) = outcome.withLock({ $0 }) { return continuation.resume(throwing: own) }
        continuation.resume(throwing: error)
    }
}
