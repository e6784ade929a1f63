import ArgumentParser
import Preflight

struct DoctorCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at our own side: settings, files, database, keys, clock. Exit status 0 pass or warn, 1 fail.",
        discussion: "Safe beside a running gateway. Bad settings are found like anything else, with exit status 78.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try ProcessHygiene.apply()
        let report = await Doctor(source: common.source).examine()
        show(report)
        if report.status != .done { throw report.status.thrown }
    }

    private func show(_ report: DoctorReport) {
        guard !output.json else { return output.object(report) }
        output.line("This gateway: \(report.verdict)")
        let width = report.checks.map(\.code.count).max() ?? 0
        for check in report.checks {
            let status = check.status.rawValue.padded(to: 9)
            output.line("  \(status)\(check.code.padded(to: width + 2))\(check.message)")
            if let remedy = check.remedy { output.line(String(repeating: " ", count: width + 13) + remedy) }
        }
    }
}
