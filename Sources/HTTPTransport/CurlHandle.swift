/// One libcurl easy handle: options that are checked, and an error buffer that lives as long as the handle.
import CCurl

/// Keeps its connections between transfers; used by one thread at a time.
final class CurlHandle {
    private let handle: UnsafeMutableRawPointer
    private let errorBuffer = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    /// Once per process, before the first handle (libcurl: curl_global_init; safe between threads since
    /// 7.84).
    private static let globalCode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    init() throws(HTTPError) {
        guard Self.globalCode == CURLE_OK, let handle = curl_easy_init() else {
            throw HTTPError(.protocolViolation, "libcurl did not start")
        }
        self.handle = handle
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(handle)
        errorBuffer.deallocate()
    }

    /// Forgets every option, keeps live connections.
    func reset() throws(HTTPError) {
        curl_easy_reset(handle)
        errorBuffer.pointee = 0
        try check(CCurlSetPointer(handle, CURLOPT_ERRORBUFFER, errorBuffer))
    }

    func set(_ option: CURLoption, _ value: Int) throws(HTTPError) {
        try check(CCurlSetLong(handle, option, value))
    }

    func set(_ option: CURLoption, _ value: Bool) throws(HTTPError) {
        try set(option, value ? 1 : 0)
    }

    /// Whole milliseconds, at least one (zero would mean no limit) and at most what fits libcurl's 31 bits.
    func set(_ option: CURLoption, milliseconds duration: Duration) throws(HTTPError) {
        try set(option, Int(min(max(duration / .milliseconds(1), 1), Double(Int32.max))))
    }

    /// libcurl copies the string.
    func set(_ option: CURLoption, _ value: String) throws(HTTPError) {
        try check(CCurlSetString(handle, option, value))
    }

    /// libcurl keeps the pointer: it must live until the transfer ends.
    func set(_ option: CURLoption, _ list: UnsafeMutablePointer<curl_slist>?) throws(HTTPError) {
        try check(CCurlSetList(handle, option, list))
    }

    /// libcurl keeps the pointer: it must live until the transfer ends.
    func setBody(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) {
        try check(CCurlSetOffset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)))
        // Without an address libcurl would ask a read callback for the body, even for one of no bytes.
        try check(
            CCurlSetPointer(handle, CURLOPT_POSTFIELDS, bytes.baseAddress ?? UnsafeRawPointer(errorBuffer)))
    }

    /// Has libcurl ask `transfer`, which must live until the transfer ends, for a body of so many bytes.
    func sendUpload(byteCount: Int64, of transfer: Transfer) throws(HTTPError) {
        try set(CURLOPT_POST, true)
        try check(CCurlSetOffset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(byteCount)))
        try set(CURLOPT_UPLOAD_BUFFERSIZE, 512 << 10)
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        for option in [CURLOPT_READDATA, CURLOPT_SEEKDATA] {
            try check(CCurlSetPointer(handle, option, context))
        }
        try check(
            CCurlSetReadFunction(handle) { bytes, size, count, context in
                Transfer.at(context).send(
                    into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
            })
        // A request that is repeated on a new connection starts over; libcurl seeks from the start alone.
        try check(
            CCurlSetSeekFunction(handle) { context, offset, _ in
                Transfer.at(context).rewind(to: Int64(offset))
                return CURL_SEEKFUNC_OK
            })
    }

    /// Has libcurl report to `transfer`, which must live until the transfer ends.
    func report(to transfer: Transfer) throws(HTTPError) {
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        for option in [CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_XFERINFODATA] {
            try check(CCurlSetPointer(handle, option, context))
        }
        try check(
            CCurlSetHeaderFunction(handle) { bytes, size, count, context in
                Transfer.at(context).receiveHead(UnsafeRawBufferPointer(start: bytes, count: size * count))
            })
        try check(
            CCurlSetWriteFunction(handle) { bytes, size, count, context in
                Transfer.at(context).receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
            })
        try set(CURLOPT_NOPROGRESS, false)
        try check(
            CCurlSetProgressFunction(handle) { context, _, _, _, _ in
                Transfer.at(context).cancellation.isCancelled ? 1 : 0
            })
    }

    /// Blocks until the transfer ends.
    func perform() -> CURLcode {
        curl_easy_perform(handle)
    }

    /// libcurl's own words for what went wrong.
    func message(for code: CURLcode) -> String {
        String(cString: errorBuffer.pointee == 0 ? curl_easy_strerror(code) : UnsafePointer(errorBuffer))
    }

    private func check(_ code: CURLcode) throws(HTTPError) {
        guard code == CURLE_OK else {
            throw HTTPError(.protocolViolation, "libcurl refused an option: \(message(for: code))")
        }
    }
}
