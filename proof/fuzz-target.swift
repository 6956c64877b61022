// The one function that libFuzzer calls: hands its bytes to the promise that FUZZ_PARSER names.
import Foundation

private let parser = ProcessInfo.processInfo.environment["FUZZ_PARSER"] ?? "none"

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let breach = breach(by: Array(UnsafeBufferPointer(start: start, count: count))) {
        fatalError("broken promise: \(breach)")
    }
    return 0
}

private func breach(by bytes: [UInt8]) -> String? {
    switch parser {
    case "footer": FooterPromise.breach(by: bytes)
    case "avro": AvroPromise.breach(by: bytes)
    case "metadata": MetadataPromise.breach(by: bytes)
    case "grammar": GrammarPromise.breach(by: bytes)
    case "failure": FailurePromise.breach(by: bytes)
    default: fatalError("FUZZ_PARSER names no parser: \(parser)")
    }
}
