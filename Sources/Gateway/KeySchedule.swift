package import FoundationEssentials
package import Storage

/// When a primary key has done its work: after so much time, or after so many seals (KEY-23, CR-22).
///
/// Time is what the wall clock says since its promotion, or the time that services ran with it where that is more: a clock
/// that is set back makes no key younger (CR-23). Seals are counted by the store and know no clock.
package struct KeySchedule: Sendable, Equatable {
    /// Half of what a key may seal at most; a rotation takes hours at the very worst, and this leaves years.
    package static let seals = StoredDataKey.sealLimit / 2
    /// The share of either limit at which the operator is told.
    package static let warningShare = 0.8
    /// The share of the time beyond which nothing is sealed any more, where the operator wants it so.
    package static let endShare = 1.1

    /// Nil: rotated by count only.
    package let maximumAge: TimeInterval?
    /// Whether a key that is far too old stops sealing. Off by default: it stops renewals as well.
    package let isEnforced: Bool

    package init(maximumAge: TimeInterval?, isEnforced: Bool = false) {
        self.maximumAge = maximumAge
        self.isEnforced = isEnforced
    }

    /// A year between rotations, which need nobody.
    package static let usual = KeySchedule(maximumAge: 365 * 24 * 60 * 60)

    package enum Standing: Sendable, Equatable {
        case young
        /// Most of its time or of its seals is used up.
        case ageing
        case due
        /// Due for so long that something must be in the way.
        case overdue
        /// Overdue, and nothing may be sealed.
        case blocked
    }

    package func age(of key: StoredDataKey, at now: Date) -> TimeInterval {
        max(key.served, now.timeIntervalSince(key.activatedAt ?? key.createdAt), 0)
    }

    /// 1 is when it is due.
    package func share(of key: StoredDataKey, at now: Date) -> Double {
        let bySeals = Double(key.sealsReserved) / Double(Self.seals)
        return max(bySeals, maximumAge.map { age(of: key, at: now) / $0 } ?? 0)
    }

    package func standing(of key: StoredDataKey, at now: Date) -> Standing {
        switch share(of: key, at: now) {
        case ..<Self.warningShare: .young
        case ..<1: .ageing
        case ..<Self.endShare: .due
        default: isEnforced && isTooOld(key, at: now) ? .blocked : .overdue
        }
    }

    private func isTooOld(_ key: StoredDataKey, at now: Date) -> Bool {
        maximumAge.map { age(of: key, at: now) / $0 >= Self.endShare } ?? false
    }
}
