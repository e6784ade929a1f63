import GatewayCore
import TokenVault

/// Where the root key lies, how well memory guards it, and what an interrupted replacement left.
struct RootKeyExamination {
    let source: SettingsSource

    func run() -> Examination {
        let part = ExaminedPart.rootKey
        guard let place = source.part({ RootKeySettings(reading: &$0) })?.source else {
            return part.skipped(because: .settings)
        }
        let keys: [RootKey]
        do {
            keys = try place.candidates()
        } catch {
            let explanation = CommandFailure(error).explanation
            return part.fail(explanation.message, explanation.remedy)
        }
        guard let heap = try? SecureHeap.start() else {
            return part.fail(
                SecureHeapError.unavailable.explanation.message, SecureHeapError.unavailable.explanation.remedy)
        }
        guard keys.count == 1 else {
            return part.warn(
                "There are \(keys.count) root keys in \(place.name); the database needs one of them.",
                "An interrupted replacement left the other. latchkey keys rotate-root finishes or clears it away.")
        }
        guard heap == .locked else {
            return part.warn(
                "The root key lies in \(place.name), but the memory for keys is not locked.",
                "Allow at least 1 MiB of locked memory (LimitMEMLOCK in the unit file).")
        }
        return part.pass("The root key \(keys[0].fingerprint) lies in \(place.name); the memory for keys is locked.")
    }
}
