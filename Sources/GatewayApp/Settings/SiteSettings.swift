package import GatewayWeb
import GatewayCore

/// What pages and API are given.
package struct SiteSettings: Sendable {
    package let returnOrigins: [WebOrigin]
    package let limitsRates: Bool
    package let templatesDirectory: String
    package let renderer: PageRenderer

    init?(reading source: inout SettingsSource, listener: ListenerSettings?) {
        returnOrigins = Self.returnOrigins(&source)
        let limitsRates = source.choice(.rateLimits, ["on": true, "off": false], default: true)
        if limitsRates == false, listener?.isLoopback == false {
            source.refuse(.rateLimits, "This may be off only while listening on loopback, for load tests.")
        }
        guard let directory = Self.templatesDirectory(&source), let renderer = Self.renderer(directory, &source),
            let limitsRates
        else { return nil }
        self.limitsRates = limitsRates
        templatesDirectory = directory
        self.renderer = renderer
    }

    private static func returnOrigins(_ source: inout SettingsSource) -> [WebOrigin] {
        var origins: [WebOrigin] = []
        for text in source.list(.returnOrigins) {
            do {
                let origin = try WebOrigin(parsing: text)
                if !origin.isHTTPS, !origin.isLoopback {
                    source.refuse(.returnOrigins, "\(origin.text) must begin with https://.")
                }
                origins.append(origin)
            } catch {
                source.refuse(.returnOrigins, "\(LogText.escaped(text)): \(error.sentence)")
            }
        }
        return origins
    }

    private static func templatesDirectory(_ source: inout SettingsSource) -> String? {
        if let path = source.text(.templates) { return path }
        guard let found = TemplatesDirectory.find() else {
            source.refuse(
                .templates,
                "There is no templates directory beside the program or in the working directory. Set this to it.")
            return nil
        }
        return found
    }

    private static func renderer(_ directory: String, _ source: inout SettingsSource) -> PageRenderer? {
        do {
            return try PageRenderer(directory: directory)
        } catch {
            source.refuse(.templates, "\(error.explanation.message) Set this to the directory of this version.")
            return nil
        }
    }
}
