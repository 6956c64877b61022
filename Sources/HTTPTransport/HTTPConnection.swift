/// One thread and one libcurl handle, which keeps its connection open between requests.
import BlockingIO
import CCurl

/// Runs one request at a time; `perform` blocks the actor's own thread, nothing else.
actor HTTPConnection {
    private let executor: BlockingExecutor
    private let configuration: HTTPClient.Configuration
    private let curl: CurlHandle

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ configuration: HTTPClient.Configuration) throws(HTTPError) {
        self.configuration = configuration
        curl = try CurlHandle()
        do {
            executor = try BlockingExecutor(name: "http")
        } catch {
            throw HTTPError(.protocolViolation, "\(error)", underlying: error)
        }
    }

    /// Sends `request` and waits for the whole response.
    ///
    /// libcurl repeats a request by itself when a kept connection turns out closed before any byte came back.
    func perform(
        _ request: HTTPRequest, into sink: any ResponseSink, cancellation: CancellationFlag
    ) -> Result<HTTPResponse, HTTPError> {
        let transfer = Transfer(sink: sink, upload: request.upload, cancellation: cancellation)
        return Result { () throws(HTTPError) in
            // What libcurl has to say is about the request before.
            guard !cancellation.isCancelled else {
                throw HTTPError(.cancelled, "cancelled before anything was sent")
            }
            let code = try run(request, transfer)
            guard code == CURLE_OK else { throw error(code, transfer) }
            // libcurl takes a connection that closes inside the head for a response that has ended.
            guard let head = transfer.head else { throw error(CURLE_GOT_NOTHING, transfer) }
            return HTTPResponse(head: head, body: transfer.errorBody, byteCount: transfer.byteCount)
        }.mapError { error in
            var error = error
            error.context["request"] = request.description
            return error
        }
    }

    private func run(_ request: HTTPRequest, _ transfer: Transfer) throws(HTTPError) -> CURLcode {
        let headers = try headerList(request.headers)
        defer { curl_slist_free_all(headers) }
        return try withExtendedLifetime(transfer) { () throws(HTTPError) in
            try curl.reset()
            try applyConfiguration()
            try apply(request)
            try curl.set(CURLOPT_HTTPHEADER, headers)
            try curl.report(to: transfer)
            if let upload = request.upload {
                try curl.sendUpload(byteCount: upload.byteCount, of: transfer)
                return curl.perform()
            }
            return try request.body.span.bytes.withUnsafeBytes { (body) throws(HTTPError) in
                if !body.isEmpty || request.method == .post || request.method == .put {
                    try curl.setBody(body)
                }
                return curl.perform()
            }
        }
    }

    private func applyConfiguration() throws(HTTPError) {
        // Signals and threads do not go together (libcurl-thread: CURLOPT_NOSIGNAL).
        try curl.set(CURLOPT_NOSIGNAL, true)
        try curl.set(CURLOPT_PROTOCOLS_STR, "http,https")
        // How a cut body shows itself is a matter of HTTP/1.1's framing (RFC 9112 section 8).
        try curl.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try curl.set(CURLOPT_FOLLOWLOCATION, false)
        // What the environment's http_proxy says is no configuration of ours.
        try curl.set(CURLOPT_PROXY, "")
        try curl.set(CURLOPT_USERAGENT, configuration.userAgent)
        try curl.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds: configuration.connectTimeout)
        try curl.set(CURLOPT_TCP_KEEPALIVE, true)
        try curl.set(CURLOPT_BUFFERSIZE, 512 << 10)
        try curl.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try curl.set(CURLOPT_SSL_VERIFYPEER, true)
        try curl.set(CURLOPT_SSL_VERIFYHOST, 2)
        if let caFile = configuration.caFile {
            try curl.set(CURLOPT_CAINFO, caFile)
        }
    }

    private func apply(_ request: HTTPRequest) throws(HTTPError) {
        try curl.set(CURLOPT_URL, request.url)
        try curl.set(CURLOPT_NOBODY, request.method == .head)
        if request.method != .head {
            try curl.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        if let timeout = request.timeout {
            try curl.set(CURLOPT_TIMEOUT_MS, milliseconds: timeout)
        }
        if let limit = request.lowSpeedLimit {
            try curl.set(CURLOPT_LOW_SPEED_LIMIT, limit.byteCountPerSecond)
            try curl.set(CURLOPT_LOW_SPEED_TIME, Int(limit.period.components.seconds))
        }
    }

    private func headerList(_ headers: HTTPHeaders) throws(HTTPError) -> UnsafeMutablePointer<curl_slist>? {
        // A name with nothing after it drops what libcurl would add: `Expect` costs a round trip or a second
        // of waiting, and the content type of a web form is wrong for everything we send.
        let dropped = ["Expect:"] + (headers["Content-Type"] == nil ? ["Content-Type:"] : [])
        // With no value a field is sent when a semicolon takes the colon's place (libcurl:
        // CURLOPT_HTTPHEADER).
        let fields = headers.fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        var list: UnsafeMutablePointer<curl_slist>?
        for line in dropped + fields {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                throw HTTPError(.protocolViolation, "out of memory")
            }
            list = longer
        }
        return list
    }

    private func error(_ code: CURLcode, _ transfer: Transfer) -> HTTPError {
        if let failure = transfer.failure {
            return failure
        }
        var context = ["curl": String(code.rawValue), "byteCount": String(transfer.byteCount)]
        context["status"] = transfer.head.map { String($0.status) }
        return HTTPError(
            .init(code, hasHead: transfer.head != nil), curl.message(for: code), context: context)
    }
}

extension HTTPError.Code {
    fileprivate init(_ code: CURLcode, hasHead: Bool) {
        switch code {
        case CURLE_ABORTED_BY_CALLBACK:
            self = .cancelled
        case CURLE_COULDNT_RESOLVE_HOST:
            self = .nameNotResolved
        case CURLE_COULDNT_CONNECT:
            self = .connectionRefused
        case CURLE_OPERATION_TIMEDOUT:
            self = .timedOut
        // A chunk size that is no number ends as a receive error; ClickHouse breaks the chunks on purpose.
        case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR:
            self = hasHead ? .truncatedBody : .connectionLost
        case CURLE_SEND_ERROR, CURLE_GOT_NOTHING:
            self = .connectionLost
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            self = .tls
        case CURLE_URL_MALFORMAT:
            self = .invalidRequest
        default:
            self = .protocolViolation
        }
    }
}
