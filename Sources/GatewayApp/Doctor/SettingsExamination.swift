import GatewayCore

/// What the settings themselves tell.
enum SettingsExamination {
    static func settings(_ result: Result<Settings, SettingsError>) -> Examination {
        let part = ExaminedPart.settings
        switch result {
        case .success(let settings):
            let notices = SettingsNotices.all(settings)
            guard !notices.isEmpty else { return part.pass("All settings are good.") }
            return part.warn(
                "The settings are good. " + notices.joined(separator: " "),
                "Nothing needs to be done if that is what you want.")
        case .failure(let error):
            let problems = error.problems.map { "\($0.name): \($0.sentence)" }
            return part.fail(
                problems.joined(separator: " "), "Correct these settings; latchkey check-config lists them alone.")
        }
    }

    /// Read and parsed with the settings, so that here it only has to be said.
    static func templates(_ result: Result<Settings, SettingsError>) -> Examination {
        let part = ExaminedPart.templates
        switch result {
        case .success(let settings): return part.pass("All templates are in \(settings.site.templatesDirectory).")
        case .failure(let error):
            guard let problem = error.problems.first(where: { $0.name == SettingName.templates.variable }) else {
                return part.skipped(because: .settings)
            }
            return part.fail(problem.sentence, "Set \(problem.name), or put the templates beside the program.")
        }
    }

    static func egress(_ source: SettingsSource) -> Examination {
        let part = ExaminedPart.egress
        guard let ranges = source.part({ Optional(Settings.egress(&$0)) }) else {
            return part.fail(
                "The addresses that our calls leave from cannot be read.",
                "Correct \(SettingName.egressAddresses.variable): addresses or ranges, separated by commas.")
        }
        guard ranges.isEmpty else {
            return part.pass("Our calls leave from \(ranges.map(\.description).joined(separator: ", ")).")
        }
        if source.part({ ZendeskDomainSettings(reading: &$0) })?.policy.isLocal == true {
            return part.pass("Calls go to a stand-in on this machine; nobody has to allow addresses.")
        }
        return part.warn(
            "Nobody said which addresses our calls leave from, so that customers with IP restrictions cannot be told what to "
                + "allow.",
            "Set \(SettingName.egressAddresses.variable) to the addresses that the internet sees this gateway under.")
    }
}
