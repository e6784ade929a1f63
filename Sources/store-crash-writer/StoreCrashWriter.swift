@main
struct StoreCrashWriter {
    static func main() async throws {}
}
