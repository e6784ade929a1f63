package import Preflight

/// What one look at our own side found: a state, a sentence, and what to do.
package struct Examination: Sendable, Encodable {
    package let code: String
    package let title: String
    package let status: CheckStatus
    package let message: String
    package let remedy: String?
}

/// What is looked at, in the order of the answer.
package enum ExaminedPart: String, Sendable, CaseIterable {
    case settings
    case templates
    case egress
    case certificate
    case rootKey = "root_key"
    case permissions
    case disk
    case database
    case keyring
    case clock
    case renewals
    case checks
    case audit

    package var title: String {
        switch self {
        case .settings: "Settings"
        case .templates: "Page templates"
        case .egress: "Our addresses"
        case .certificate: "Certificate of the listener"
        case .rootKey: "Root key"
        case .permissions: "File permissions"
        case .disk: "Disk space"
        case .database: "Database"
        case .keyring: "Data keys"
        case .clock: "Clock"
        case .renewals: "Renewals"
        case .checks: "Daily checks"
        case .audit: "Audit log"
        }
    }

    func pass(_ message: String) -> Examination { examination(.pass, message, nil) }
    func warn(_ message: String, _ remedy: String) -> Examination { examination(.warn, message, remedy) }
    func fail(_ message: String, _ remedy: String?) -> Examination { examination(.fail, message, remedy) }

    func skipped(because cause: ExaminedPart) -> Examination {
        examination(.skipped, "Not looked at, because “\(cause.title)” is not in order.", nil)
    }

    private func examination(_ status: CheckStatus, _ message: String, _ remedy: String?) -> Examination {
        Examination(code: rawValue, title: title, status: status, message: message, remedy: remedy)
    }
}
