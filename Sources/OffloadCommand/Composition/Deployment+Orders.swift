// A deployment in the words of the scheduler.
import OffloadCore
import OffloadDaemon
import Synchronization

extension Deployment {
    /// What this configuration wants done, and how.
    var orders: Orders {
        let definitions = configuration.definitions()
        let isFirst = Mutex(true)
        return Orders(
            interval: configuration.schedule.interval, tableTimeout: configuration.schedule.tableTimeout,
            stopTimeout: configuration.schedule.stopTimeout, definitions: definitions
        ) { [doors, configuration] observer, finished in
            var settings = Cycle.Configuration()
            settings.parallelTableCount = configuration.schedule.parallelTables
            settings.run.timeout = configuration.schedule.tableTimeout
            // At the start every table is compared with its ledger, also one without new rows.
            settings.run.reconcilesAlways = isFirst.withLock { first in
                defer { first = false }
                return first
            }
            let cycle = Cycle(definitions, doors: doors, configuration: settings, observer: observer)
            return await cycle.run(finished: finished)
        }
    }
}

extension OffloadConfiguration {
    /// What `health` and `status` judge by.
    var healthLimits: Health.Configuration {
        .init(interval: schedule.interval)
    }
}
