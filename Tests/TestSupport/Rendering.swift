/// Every text that a log, a page or a crash report could make of a value.
package enum Rendering {
    package static func of(_ value: Any) -> String {
        var dumped = ""
        dump(value, to: &dumped)
        return "\(value)\n\(String(reflecting: value))\n\(dumped)"
    }
}
