extension EmulatorWorld {
    /// Organizations like `acme` under these names: for tests that need many. Those that exist stay as they are.
    package func found(_ subdomains: [String]) {
        let now = now
        change { state in
            for subdomain in subdomains where state.organizations[subdomain] == nil {
                let number = Int64(state.organizations.count + 1)
                state.organizations[subdomain] = Seeds.healthy(subdomain, number, now: now)
            }
        }
    }
}
