// swift-tools-version: 6.2
// The house: one target per room, arrows only point down (ARCHITECTURE.md).
import PackageDescription

// An async function runs where its caller runs: a call is no reason to switch executors.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// One room of the house; its tests, where it has any, are a target of the same name with `Tests` behind it.
func room(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let tls: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "iceberg-offload",
    products: [.executable(name: "iceberg-offload", targets: ["OffloadCommand"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // L0: C bridges and the one blocking executor.
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .target(name: "CCrypt", linkerSettings: [.linkedLibrary("crypt")]),
        .target(name: "CLibPQ", linkerSettings: [.linkedLibrary("pq")]),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        room("BlockingIO"),

        // L1: pure formats, and the two wires.
        room("Iceberg", ["CZlib"]),
        room("Parquet"),
        room("Prometheus"),
        room("HTTPTransport", ["BlockingIO", "CCurl"]),
        room("Postgres", ["BlockingIO", "CLibPQ"]),

        // L2: one client per kind of server.
        room("ClickHouse", ["HTTPTransport"]),
        room("ObjectStorage", ["BlockingIO"]),

        // L3: the flow and its rules; no driver, no I/O.
        room("OffloadCore", ["Iceberg"]),

        // A world in memory behind the same doors, and what every ledger promises; for tests and simulations.
        room(
            "OffloadSimulation",
            ["Iceberg", "OffloadCore", "OffloadDaemon", "Prometheus", lifecycle, logging]),

        // L4: the doors to the world, and who runs when.
        room(
            "OffloadIO",
            [
                "ClickHouse", "HTTPTransport", "Iceberg", "ObjectStorage", "OffloadCore", "Parquet",
                "Postgres",
            ], resources: [.embedInCode("Migrations")]),
        room(
            "OffloadDaemon",
            ["OffloadCore", "Prometheus", coreMetrics, lifecycle, logging, signals]),
        room(
            "StatusServer",
            [
                "BlockingIO", "CCrypt", "OffloadCore", "OffloadDaemon", "Prometheus", httpTypes, hummingbird,
                hummingbirdCore, lifecycle, logging, nio, nioPosix, tls,
            ]),

        // L5: the executable.
        .executableTarget(
            name: "OffloadCommand",
            dependencies: [
                "ClickHouse", "HTTPTransport", "Iceberg", "ObjectStorage", "OffloadCore",
                "OffloadDaemon", "OffloadIO", "Postgres", "Prometheus", "StatusServer", arguments, lifecycle,
                logging, metrics, yams,
            ],
            swiftSettings: strict),

        // Proof: what is run against the house, and is no part of it.
        .executableTarget(
            name: "offload-simulation", dependencies: ["OffloadSimulation", arguments],
            path: "proof/simulation", swiftSettings: strict),

        tests("IcebergTests", ["Iceberg"], resources: [.copy("Fixtures")]),
        tests("ParquetTests", ["Parquet"], resources: [.copy("Fixtures")]),
        tests("PrometheusTests", ["Prometheus"]),
        .target(name: "ScriptedServer", path: "Tests/ScriptedServer", swiftSettings: strict),
        tests("HTTPTransportTests", ["HTTPTransport", "ScriptedServer"]),
        tests("PostgresTests", ["Postgres"]),
        tests(
            "ClickHouseTests", ["BlockingIO", "ClickHouse", "HTTPTransport", "ScriptedServer"],
            resources: [.copy("Fixtures")]),
        tests("ObjectStorageTests", ["ObjectStorage"]),
        tests("OffloadCoreTests", ["Iceberg", "OffloadCore", "OffloadSimulation"]),
        tests(
            "OffloadDaemonTests",
            ["OffloadCore", "OffloadDaemon", "Prometheus", "StatusServer", coreMetrics, lifecycle, logging]),
        tests(
            "OffloadCommandTests",
            ["Iceberg", "OffloadCommand", "OffloadCore", "OffloadDaemon", "OffloadIO", "StatusServer", yams]),
        tests(
            "IntegrationTests",
            [
                "ClickHouse", "HTTPTransport", "Iceberg", "ObjectStorage", "OffloadCore", "OffloadIO",
                "OffloadSimulation", "Postgres",
            ]),
    ]
)
