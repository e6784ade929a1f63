import HTTPTypes

/// What every page shares: the frame, the notice that nothing here is real, and headers that forbid everything
/// unneeded.
struct PageFrame {
    var title: String
    /// Who the page claims to be, in the banner.
    var place = "Zendesk stand-in"
    var main: String
    /// The answer to a form here is a redirect out of this place. Chromium applies `form-action` to every redirect that
    /// follows a form post, and where the client sends the browser next, nobody here can know.
    var formLeadsAway = false

    static let notice = "This is a stand-in for Zendesk, for local work. Do not type a real password."

    func answer(status: Int = 200) -> Answer {
        let target = formLeadsAway ? " http: https:" : ""
        let policy =
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; "
            + "form-action 'self'\(target)"
        return Answer.html(page, status: status).with(.contentSecurityPolicy, policy)
            .with(.xContentTypeOptions, "nosniff").with(.cacheControl, "no-store")
            .with(.init("referrer-policy"), "no-referrer").with(.init("x-frame-options"), "DENY")
    }

    private var page: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(HTML.escape(title)) – \(HTML.escape(place))</title>
        <style>\(PageStyle.sheet)</style>
        </head>
        <body>
        <header><p class="place">\(HTML.escape(place))</p></header>
        <main>
        <p class="notice" role="note" id="stand-in-notice">\(Self.notice)</p>
        <h1>\(HTML.escape(title))</h1>
        \(main)
        </main>
        </body>
        </html>
        """
    }
}
