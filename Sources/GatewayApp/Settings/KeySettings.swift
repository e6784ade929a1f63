package import Gateway

/// When data keys are rotated without a person.
package struct KeySettings: Sendable {
    package let schedule: KeySchedule

    init?(reading source: inout SettingsSource) {
        let days = source.number(.keyRotationDays, in: 0...3650, default: 365)
        let isEnforced = source.choice(.keyRotationEnforced, ["true": true, "false": false], default: false)
        guard let days, let isEnforced else { return nil }
        guard days > 0 || !isEnforced else {
            source.refuse(.keyRotationEnforced, "There is nothing to enforce while LATCHKEY_KEY_ROTATION_DAYS is 0.")
            return nil
        }
        schedule = KeySchedule(maximumAge: days > 0 ? Double(days) * 24 * 60 * 60 : nil, isEnforced: isEnforced)
    }
}
