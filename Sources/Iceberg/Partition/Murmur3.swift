/// Murmur3, the x86 variant with 32 bits and seed 0: the hash of Iceberg's bucket transform.
enum Murmur3 {
    static func hash(_ bytes: [UInt8]) -> Int32 {
        var hash: UInt32 = 0
        for start in stride(from: 0, to: bytes.count, by: 4) {
            let chunk = bytes[start..<min(start + 4, bytes.count)]
            let block = chunk.reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
            hash ^= rotate(block &* 0xCC9E_2D51, by: 15) &* 0x1B87_3593
            if chunk.count == 4 { hash = rotate(hash, by: 13) &* 5 &+ 0xE654_6B64 }
        }
        hash ^= UInt32(truncatingIfNeeded: bytes.count)
        hash = (hash ^ hash >> 16) &* 0x85EB_CA6B
        hash = (hash ^ hash >> 13) &* 0xC2B2_AE35
        return Int32(bitPattern: hash ^ hash >> 16)
    }

    private static func rotate(_ value: UInt32, by count: UInt32) -> UInt32 {
        value << count | value >> (32 - count)
    }
}
