import FoundationEssentials

/// Finds the templates without a setting: beside the program, or above it while it lies in a build directory, or in the
/// working directory.
enum TemplatesDirectory {
    /// `.build/x86_64-unknown-linux-gnu/debug` is three levels below the sources.
    private static let levels = 4

    static func find(program: String? = running, workingDirectory: String = ".") -> String? {
        candidates(program: program, workingDirectory: workingDirectory).first { path in
            FileManager.default.isReadableFile(atPath: path + "/layout.mustache")
        }
    }

    private static func candidates(program: String?, workingDirectory: String) -> [String] {
        var directories: [String] = []
        var pieces = (program ?? "").split(separator: "/").dropLast()
        while !pieces.isEmpty, directories.count < levels {
            directories.append("/" + pieces.joined(separator: "/") + "/templates")
            pieces = pieces.dropLast()
        }
        return directories + [workingDirectory + "/templates"]
    }

    /// The program's own file, links resolved.
    static var running: String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }
}
