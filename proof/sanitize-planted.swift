// Two planted defects, `race` and `use-after-free`: a sanitizer's silence counts once it has found its own.
import Foundation

nonisolated(unsafe) let number = UnsafeMutablePointer<Int>.allocate(capacity: 1)
number.initialize(to: 1)

switch CommandLine.arguments.last {
case "race":
    let done = DispatchSemaphore(value: 0)
    for _ in 1...2 {
        Thread.detachNewThread {
            number.pointee += 1
            done.signal()
        }
    }
    for _ in 1...2 { done.wait() }
case "use-after-free":
    number.deallocate()
    number.pointee += 1
default: fatalError("race or use-after-free?")
}
