// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "latchkey",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "latchkey", targets: ["latchkey"]),
        .executable(name: "latchkey-demo", targets: ["latchkey-demo"]),
        .executable(name: "zendesk-emulator", targets: ["zendesk-emulator"]),
    ],
    dependencies: [
        // The web server and router.
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        // Page templates without logic of their own.
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        // The outbound HTTP client, behind OutboundHTTP only.
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        // Start, signals and graceful stop.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        // Byte buffers and event loops, where Hummingbird and the client show them in signatures.
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        // TLS for the listener and the client, and reading certificates.
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        // The command line.
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        // Settings from the environment and a YAML file.
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: [.defaults, "YAML"]),
        // The YAML reader beneath the settings file.
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        // Structured logs.
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        // Request and response heads as currency types.
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        // SHA-256 for state and proof keys; the independent second implementation in the vault's tests.
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        // SQLite.
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    ],
    targets: [
        // Floor 0: the system
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CPKCS11"),

        // Floor 1: vocabulary
        .target(
            name: "GatewayCore",
            dependencies: [.product(name: "HTTPTypes", package: "swift-http-types")],
            swiftSettings: strict),

        // Floor 2: capabilities
        .target(
            name: "OAuth",
            dependencies: [
                "GatewayCore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict),
        .target(
            name: "Zendesk",
            dependencies: ["GatewayCore", "OAuth", .product(name: "HTTPTypes", package: "swift-http-types")],
            swiftSettings: strict),
        .target(
            name: "TokenVault", dependencies: ["GatewayCore", "COpenSSL", "CPKCS11"], swiftSettings: strict),
        .target(
            name: "AuditTrail",
            dependencies: ["GatewayCore", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),
        .target(name: "Storage", dependencies: ["GatewayCore"], swiftSettings: strict),

        // Floor 3: application
        .target(name: "Preflight", dependencies: ["GatewayCore", "OAuth", "Zendesk"], swiftSettings: strict),
        .target(
            name: "Gateway",
            dependencies: [
                "GatewayCore", "OAuth", "Zendesk", "TokenVault", "AuditTrail", "Storage", "Preflight",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),

        // Side adapters
        .target(
            name: "OutboundHTTP",
            dependencies: [
                "GatewayCore",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(
            name: "StorageSQLite",
            dependencies: [
                "GatewayCore", "AuditTrail", "Storage",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),

        // Floor 4: delivery
        .target(
            name: "GatewayWeb",
            dependencies: [
                "GatewayCore", "OAuth", "Storage", "Preflight", "Gateway",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(
            name: "GatewayApp",
            dependencies: [
                "GatewayCore", "OAuth", "Zendesk", "TokenVault", "AuditTrail", "Storage", "Preflight", "Gateway",
                "OutboundHTTP", "StorageSQLite", "GatewayWeb", "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),
        .target(
            name: "ZendeskEmulator",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),

        // The promises of Storage as runnable expectations, and a program that is killed while it writes: tests only.
        .target(name: "StorageConformance", dependencies: ["GatewayCore", "Storage"], swiftSettings: strict),
        .executableTarget(
            name: "store-crash-writer",
            dependencies: ["GatewayCore", "TokenVault", "Storage", "StorageSQLite", "Gateway"],
            swiftSettings: strict),

        // Replaces the root key and dies at a chosen step: tests only.
        .executableTarget(
            name: "root-key-crasher",
            dependencies: ["GatewayCore", "TokenVault", "Storage", "StorageSQLite", "Gateway"],
            swiftSettings: strict),

        // Floor 5: programs
        .executableTarget(name: "latchkey", dependencies: ["GatewayApp"], swiftSettings: strict),
        .executableTarget(
            name: "latchkey-demo",
            dependencies: [
                "GatewayCore", "GatewayApp", "ZendeskEmulator",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "zendesk-emulator",
            dependencies: [
                "ZendeskEmulator",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),

        // Measurements, for `make bench`
        .executableTarget(
            name: "gateway-benchmarks",
            dependencies: [
                "AuditTrail", "GatewayCore", "OAuth", "TokenVault", "Storage", "StorageSQLite", "Gateway", "GatewayWeb",
                "TestSupport", "ZendeskEmulator",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Benchmarks/GatewayBenchmarks", swiftSettings: strict),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: [
                "GatewayCore", "OAuth", "TokenVault", "Storage", "StorageSQLite", "Gateway", "OutboundHTTP",
                "ZendeskEmulator", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "GatewayCore", "OAuth", "Zendesk", "TokenVault", "Storage", "StorageSQLite", "Preflight", "Gateway",
                "TestSupport", "ZendeskEmulator", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "PreflightTests",
            dependencies: [
                "GatewayCore", "OAuth", "Zendesk", "Preflight", "OutboundHTTP", "TestSupport", "ZendeskEmulator",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "GatewayCoreTests",
            dependencies: ["GatewayCore", .product(name: "HTTPTypes", package: "swift-http-types")],
            swiftSettings: strict),
        .testTarget(
            name: "OAuthTests",
            dependencies: ["GatewayCore", "OAuth", .product(name: "HTTPTypes", package: "swift-http-types")],
            swiftSettings: strict),
        .testTarget(
            name: "ZendeskTests",
            dependencies: [
                "GatewayCore", "OAuth", "Zendesk", .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AuditTrailTests",
            dependencies: ["AuditTrail", "GatewayCore", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),
        .testTarget(
            name: "AuditTests",
            dependencies: [
                "AuditTrail", "Gateway", "GatewayCore", "Storage", "StorageSQLite", "TestSupport", "TokenVault",
                "ZendeskEmulator", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TokenVaultTests",
            dependencies: [
                "COpenSSL", "GatewayCore", "TokenVault", .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["Fixtures"],
            swiftSettings: strict),
        .testTarget(
            name: "GatewayWebTests",
            dependencies: [
                "Gateway", "GatewayCore", "GatewayWeb", "OAuth", "Preflight", "Storage", "StorageSQLite", "TestSupport",
                "TokenVault", "ZendeskEmulator",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            exclude: ["Snapshots"],
            swiftSettings: strict),
        .testTarget(
            name: "GatewayAppTests",
            dependencies: [
                "AuditTrail", "GatewayCore", "OAuth", "Gateway", "GatewayApp", "Preflight", "Storage", "StorageSQLite",
                "TestSupport", "TokenVault", "ZendeskEmulator", "latchkey", "latchkey-demo", "root-key-crasher",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ZendeskEmulatorTests",
            dependencies: [
                "ZendeskEmulator",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "StorageSQLiteTests",
            dependencies: [
                "AuditTrail", "GatewayCore", "TokenVault", "Storage", "StorageConformance", "StorageSQLite", "Gateway",
                "TestSupport", "store-crash-writer", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "OutboundHTTPTests",
            dependencies: [
                "GatewayCore", "OutboundHTTP",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
