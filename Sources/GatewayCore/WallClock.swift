package import FoundationEssentials

/// The time of day. A parameter everywhere, so that tests need no sleep.
package protocol WallClock: Sendable {
    var now: Date { get }
}

package struct SystemClock: WallClock {
    package init() {}
    package var now: Date { Date() }
}
