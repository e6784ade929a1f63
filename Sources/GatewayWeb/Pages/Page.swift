/// A page as its template sees it: a value of finished strings.
///
/// Mustache looks at stored properties only and prints nothing for the rest, without a word. So a page model holds
/// strings, booleans, lists and other models, stored, and computes what it shows in its initialiser.
protocol Page: Sendable {
    /// The template's name in the template directory, without its extension.
    static var template: String { get }
}
