// A deployment in the words of the scheduler.
import OffloadCore
import OffloadDaemon

extension Deployment {
    /// What this configuration wants done, and how.
    var orders: Orders {
        let definitions = configuration.definitions()
        return Orders(
            interval: configuration.schedule.interval, tableTimeout: configuration.schedule.tableTimeout,
            stopTimeout: configuration.schedule.stopTimeout, definitions: definitions
        ) { [doors, configuration] observer, finished in
            var settings = Cycle.Configuration()
            settings.parallelTableCount = configuration.schedule.parallelTables
            settings.run.timeout = configuration.schedule.tableTimeout
            let cycle = Cycle(definitions, doors: doors, configuration: settings, observer: observer)
            return await cycle.run(finished: finished)
        }
    }
}
