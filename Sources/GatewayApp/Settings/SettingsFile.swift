import FoundationEssentials
import Yams

/// A settings file, flattened: `http: {port: 8080}` becomes `HTTP_PORT` with the value `8080`.
///
/// Any way of splitting a name into levels is accepted, as long as joining the levels gives the name: nobody should have
/// to remember whether it is `zendesk.client_id` or `zendesk.client.id`.
struct SettingsFile {
    static let maximumBytes = 256 * 1024

    private(set) var values: [SettingName: String] = [:]
    private(set) var problems: [SettingProblem] = []

    init(path: String) {
        if let data = FileManager.default.contents(atPath: path), data.count <= Self.maximumBytes {
            self.init(text: String(decoding: data, as: UTF8.self), path: path)
        } else {
            self.init(problem: "The settings file cannot be read. Check path and permissions.", path: path)
        }
    }

    private init(problem: String, path: String) {
        problems = [SettingProblem(name: path, sentence: problem)]
    }

    init(text: String, path: String) {
        do {
            guard let root = try Yams.compose(yaml: text) else { return }
            guard case .mapping(let mapping) = root else {
                problems = [SettingProblem(name: path, sentence: "The settings file must hold keys with values.")]
                return
            }
            for (key, node) in mapping { read(node, at: [key.string ?? "?"]) }
        } catch {
            problems = [Self.problem(error, path: path)]
        }
    }

    private mutating func read(_ node: Node, at path: [String]) {
        switch node {
        case .mapping(let mapping):
            for (key, child) in mapping { read(child, at: path + [key.string ?? "?"]) }
        case .scalar(let scalar): keep(scalar.string, isNull: node.null != nil, at: path)
        case .sequence(let sequence):
            let items = sequence.map(\.scalar?.string)
            guard !items.contains(nil) else {
                problems.append(
                    SettingProblem(name: Self.name(path), sentence: "A list may hold plain values only."))
                return
            }
            keep(items.compactMap { $0 }.joined(separator: ","), isNull: false, at: path)
        default: problems.append(SettingProblem(name: Self.name(path), sentence: "Write the value out; no alias here."))
        }
    }

    private mutating func keep(_ value: String, isNull: Bool, at path: [String]) {
        let joined = path.joined(separator: "_").uppercased()
        guard let name = SettingName(rawValue: joined) else {
            problems.append(UnknownSetting.problem(Self.name(path), comparedAs: joined))
            return
        }
        guard values[name] == nil else {
            problems.append(SettingProblem(name: Self.name(path), sentence: "This is set twice. Keep one of them."))
            return
        }
        if !isNull { values[name] = value }
    }

    private static func name(_ path: [String]) -> String {
        LogText.escaped(path.joined(separator: "."))
    }

    /// The parser's own text quotes the file, which may hold what is not to be shown; the line says enough.
    private static func problem(_ error: any Error, path: String) -> SettingProblem {
        let mark: Mark? =
            switch error as? YamlError {
            case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark
            default: nil
            }
        let place = mark.map { " at line \($0.line)" } ?? ""
        return SettingProblem(name: path, sentence: "The settings file is not valid YAML\(place).")
    }
}
