extension OrganizationSwitches {
    /// Sets one switch by its outside name. False when there is no such switch or it cannot have this value.
    package mutating func set(_ name: String, to value: JSONValue) -> Bool {
        switch name {
        case "success_status": take(value.whole.map(Int.init), into: \.successStatus)
        case "expires_in_mode": take(choice(value), into: \.expiresInMode)
        case "default_expires_in": takeOptional(value, value.whole, into: \.defaultExpiresIn)
        case "token_style": take(choice(value), into: \.tokenStyle)
        case "current_delete_has_no_effect": take(value.truth, into: \.currentDeleteHasNoEffect)
        case "token_delete_needs_write": take(value.truth, into: \.tokenDeleteNeedsWrite)
        case "allowed_scopes_mode": take(choice(value), into: \.allowedScopesMode)
        case "denied_description": take(choice(value), into: \.deniedDescription)
        case "invalid_request_page_status": take(value.whole.map(Int.init), into: \.invalidRequestPageStatus)
        case "account": take(choice(value), into: \.account)
        case "certificate_fails": take(value.truth, into: \.certificateFails)
        case "plan": take(choice(value), into: \.plan)
        case "help_center": take(choice(value), into: \.helpCenter)
        case "ip_restriction_enabled": take(value.truth, into: \.ipRestrictionEnabled)
        case "ip_ranges": takeOptional(value, value.text, into: \.ipRanges)
        case "enable_agent_ip_restrictions": take(value.truth, into: \.enableAgentIPRestrictions)
        case "suspended_person": take(choice(value), into: \.suspendedPerson)
        case "suspended_may_sign_in": take(value.truth, into: \.suspendedMaySignIn)
        case "rate_limit": takeOptional(value, value.whole.map(Int.init), into: \.rateLimit)
        case "missing_endpoints": take(value.elements?.compactMap(\.text), into: \.missingEndpoints)
        case "blocked_answer": take(choice(value), into: \.blockedAnswer)
        case "knows_clients": take(value.truth, into: \.knowsClients)
        case "guide_entitlement": take(choice(value), into: \.guideEntitlement)
        case "sign_in_style": take(choice(value), into: \.signInStyle)
        case "latency_milliseconds": take(latency(value), into: \.latencyMilliseconds)
        case "date_shift_seconds": take(value.whole, into: \.dateShiftSeconds)
        case "shows_rate_limit": take(value.truth, into: \.showsRateLimit)
        case "calls_of_others": take(value.whole.map(Int.init), into: \.callsOfOthers)
        default: false
        }
    }

    package var json: JSONValue {
        [
            "success_status": .integer(Int64(successStatus)),
            "expires_in_mode": .string(expiresInMode.rawValue),
            "default_expires_in": .whole(defaultExpiresIn),
            "token_style": .string(tokenStyle.rawValue),
            "current_delete_has_no_effect": .bool(currentDeleteHasNoEffect),
            "token_delete_needs_write": .bool(tokenDeleteNeedsWrite),
            "allowed_scopes_mode": .string(allowedScopesMode.rawValue),
            "denied_description": .string(deniedDescription.rawValue),
            "invalid_request_page_status": .integer(Int64(invalidRequestPageStatus)),
            "account": .string(account.rawValue),
            "certificate_fails": .bool(certificateFails),
            "plan": .string(plan.rawValue),
            "help_center": .string(helpCenter.rawValue),
            "ip_restriction_enabled": .bool(ipRestrictionEnabled),
            "ip_ranges": .text(ipRanges),
            "enable_agent_ip_restrictions": .bool(enableAgentIPRestrictions),
            "suspended_person": .string(suspendedPerson.rawValue),
            "suspended_may_sign_in": .bool(suspendedMaySignIn),
            "rate_limit": .whole(rateLimit.map(Int64.init)),
            "missing_endpoints": .texts(missingEndpoints),
            "blocked_answer": .string(blockedAnswer.rawValue),
            "knows_clients": .bool(knowsClients),
            "guide_entitlement": .string(guideEntitlement.rawValue),
            "sign_in_style": .string(signInStyle.rawValue),
            "latency_milliseconds": .integer(Int64(latencyMilliseconds)),
            "date_shift_seconds": .integer(dateShiftSeconds),
            "shows_rate_limit": .bool(showsRateLimit),
            "calls_of_others": .integer(Int64(callsOfOthers)),
        ]
    }

    /// Longer than a minute is a mistake: nobody waits for it.
    private func latency(_ value: JSONValue) -> Int? {
        value.whole.flatMap { (0...60_000).contains($0) ? Int($0) : nil }
    }

    private func choice<Choice: RawRepresentable<String>>(_ value: JSONValue) -> Choice? {
        value.text.flatMap(Choice.init(rawValue:))
    }

    private mutating func take<Value>(_ value: Value?, into place: WritableKeyPath<Self, Value>) -> Bool {
        guard let value else { return false }
        self[keyPath: place] = value
        return true
    }

    private mutating func takeOptional<Value>(
        _ sent: JSONValue, _ value: Value?, into place: WritableKeyPath<Self, Value?>
    ) -> Bool {
        guard value != nil || sent == .null else { return false }
        self[keyPath: place] = value
        return true
    }
}
