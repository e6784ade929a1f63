#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A terminal that shows nothing of what is typed, from `begin` to `end`.
///
/// A signal that ends the process gives the terminal back first: a shell whose next line shows nothing looks broken. One at a
/// time, for a process has one terminal.
@safe enum SilentTerminal {
    /// Stopping is ignored meanwhile: after going on, the rest of the line would be shown.
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP]
    /// Written before the handler stands, which reads them and may take no lock.
    private nonisolated(unsafe) static var usual = termios()
    private nonisolated(unsafe) static var number: Int32 = -1
    private nonisolated(unsafe) static var former: [sigaction] = []

    /// False when it is no terminal.
    static func begin(_ terminal: Int32) -> Bool {
        guard unsafe tcgetattr(terminal, &usual) == 0 else { return false }
        unsafe number = terminal
        var silent = unsafe usual
        silent.c_lflag &= ~tcflag_t(ECHO)
        unsafe former = signals.map { number in
            let handler = number == SIGTSTP ? SIG_IGN : giveBack
            return exchange(number, sigaction(handler: handler))
        }
        guard unsafe tcsetattr(terminal, TCSAFLUSH, &silent) == 0 else {
            end()
            return false
        }
        return true
    }

    static func end() {
        _ = unsafe tcsetattr(number, TCSAFLUSH, &usual)
        for (number, action) in unsafe zip(signals, former) { _ = exchange(number, action) }
        unsafe former = []
    }

    private static func exchange(_ number: Int32, _ action: sigaction) -> sigaction {
        var (new, old) = (action, sigaction())
        _ = unsafe sigaction(number, &new, &old)
        return old
    }

    /// Calls only what a signal handler may. The signal comes once more when this returns, and ends the process.
    private static let giveBack: @convention(c) (Int32) -> Void = { signal in
        var usual = unsafe SilentTerminal.usual
        _ = unsafe tcsetattr(SilentTerminal.number, TCSANOW, &usual)
        var action = sigaction(handler: SIG_DFL)
        _ = unsafe sigaction(signal, &action, nil)
        _ = raise(signal)
    }
}

extension sigaction {
    fileprivate init(handler: (@convention(c) (Int32) -> Void)?) {
        self.init()
        unsafe __sigaction_handler.sa_handler = handler
    }
}
