#if canImport(Glibc)
    import Glibc
#endif

/// Asks before something that cannot be taken back.
struct Confirmation {
    let options: ChangeOptions

    func ask(_ question: String) throws {
        guard !options.yes else { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(
                .usage, code: "usage.not_confirmed", "This asks for confirmation, and nobody is there to give it.",
                remedy: "Add --yes.")
        }
        StandardStreams.writeError("\(question) Type yes to go on: ")
        guard readLine() == "yes" else {
            throw CommandFailure(.refused, code: "not_confirmed", "Nothing was changed.")
        }
    }
}
