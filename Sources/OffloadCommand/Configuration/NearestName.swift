// Finds the name that was probably meant, for "did you mean".

/// The candidate that is fewest edits away, if a slip of the fingers can explain the difference.
func nearest(to name: String, among candidates: [String]) -> String? {
    let ranked = candidates.map { (name: $0, edits: edits(from: Array(name.utf8), to: Array($0.utf8))) }
    guard let best = ranked.min(by: { $0.edits < $1.edits }) else { return nil }
    return best.edits <= max(1, best.name.utf8.count / 3) ? best.name : nil
}

/// Levenshtein distance, row by row. Names longer than any key of ours are not worth the square of their
/// length.
private func edits(from left: [UInt8], to right: [UInt8]) -> Int {
    guard left.count <= 64 else { return left.count }
    var row = Array(0...right.count)
    for (i, byte) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for j in right.indices {
            let substituted = diagonal + (byte == right[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
        }
    }
    return row[right.count]
}
