extension BidirectionalCollection {
    /// What is left without the elements at both ends that fit.
    package func trimmed(while fits: (Element) -> Bool) -> SubSequence {
        let rest = drop(while: fits)
        guard let last = rest.lastIndex(where: { !fits($0) }) else { return rest }
        return rest[...last]
    }
}
