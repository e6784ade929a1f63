import GatewayApp
#if canImport(Glibc)
    import Glibc
#endif

@main
enum Program {
    static func main() async {
        exit(await LatchkeyCommand.execute())
    }
}
