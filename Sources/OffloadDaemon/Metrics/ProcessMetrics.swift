// The standard metrics of a process, read from /proc/self when they are asked for.
import FoundationEssentials
import Glibc
import Prometheus
import Synchronization

/// `process_*`, named as in every Prometheus client library.
final class ProcessMetrics: Sendable {
    private let residentMemory: Gauge
    private let openFiles: Gauge
    private let cpuSeconds: Counter
    private let counted = Mutex(0.0)

    init(_ registry: Registry) throws {
        residentMemory = try registry.gauge(
            "process_resident_memory_bytes", help: "Memory the process occupies.")
        openFiles = try registry.gauge("process_open_fds", help: "File descriptors that are open.")
        cpuSeconds = try registry.counter("process_cpu_seconds_total", help: "CPU time spent by all threads.")
        let startTime = try registry.gauge(
            "process_start_time_seconds", help: "When the process began, in Unix seconds.")
        startTime.set(Self.startTime ?? Self.seconds(CLOCK_REALTIME))
    }

    func refresh() {
        let cpu = Self.seconds(CLOCK_PROCESS_CPUTIME_ID)
        counted.withLock { counted in
            cpuSeconds.add(max(0, cpu - counted))
            counted = max(counted, cpu)
        }
        // statm counts pages: all of them, then those in memory (proc(5)).
        if let pages = Self.fields("/proc/self/statm").dropFirst().first.flatMap({ Double($0) }) {
            residentMemory.set(pages * Double(sysconf(Int32(_SC_PAGESIZE))))
        }
        if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            openFiles.set(Double(files.count))
        }
    }

    /// Field 22 of /proc/self/stat is in ticks since boot. Counted from the clocks, not from /proc/stat, which a unit
    /// with ProcSubset=pid cannot see. The command's name may hold spaces, so fields are counted behind its `)`.
    private static var startTime: Double? {
        let text = fields("/proc/self/stat").joined(separator: " ")
        guard let end = text.lastIndex(of: ")") else { return nil }
        let behind = text[end...].split(separator: " ")
        guard behind.count > 20, let ticks = Double(behind[20]) else { return nil }
        let age = seconds(CLOCK_BOOTTIME) - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        return seconds(CLOCK_REALTIME) - age
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func fields(_ path: String) -> [Substring] {
        let bytes = FileManager.default.contents(atPath: path) ?? Data()
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    }
}
