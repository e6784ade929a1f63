/// How a command ends.
package enum ExitStatus: Int32, Sendable {
    case done = 0
    /// Refused, or a check that failed.
    case refused = 1
    case couldNotRun = 2
    case usage = 64
    case settings = 78
}
