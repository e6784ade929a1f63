/// A complete subtree: `position` counts those of its level from the left, and one of level `n` has 2^n leaves.
package struct TreeNode: Sendable, Hashable {
    package let level: Int
    package let position: Int64

    package init(level: Int, position: Int64) {
        self.level = level
        self.position = position
    }

    /// Which leaves it has, counted from 0.
    package var leaves: Range<Int64> { position << level..<(position + 1) << level }
}
