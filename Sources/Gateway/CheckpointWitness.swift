/// A place out of the database's reach that keeps checkpoints, so that a database that went back in time can be told.
package protocol CheckpointWitness: Sendable {
    /// True where a note is kept in no time. Others get one now and then, beside what is urgent.
    var isPrompt: Bool { get }

    /// Keeps one more note. Throws when it cannot be sure to have it.
    func publish(_ note: String) async throws

    /// The newest note it keeps; nil where it has none or cannot be asked.
    func newest() async throws -> String?
}
