// Watermarks and their history, for people and for programs.
import Iceberg
import OffloadCore
import OffloadIO

/// What `watermark show` prints.
struct WatermarkList {
    let watermarks: [Watermark]

    var text: String {
        var table = TextTable([.left("TABLE"), .left("CURSOR"), .left("WATERMARK"), .left("BATCH")])
        for watermark in watermarks {
            table.add([
                watermark.table, watermark.cursor?.column ?? "-", watermark.text ?? "nothing offloaded yet",
                watermark.lastBatch?.id.text ?? "-",
            ])
        }
        return table.text
    }

    var json: JSONValue {
        let items = watermarks.map { watermark -> JSONValue in
            [
                "table": .string(watermark.table), "cursor": .init(watermark.cursor?.column),
                "watermark": .init(watermark.text), "batch": .init(watermark.lastBatch?.id.text),
                "iceberg_table_uuid": .init(watermark.lakeUUID),
            ]
        }
        return ["watermarks": .array(items)]
    }
}

/// What `watermark history` prints.
struct WatermarkHistory {
    /// The newest first.
    let changes: [WatermarkChangeRecord]

    var text: String {
        guard !changes.isEmpty else { return "no watermark has changed yet\n" }
        var table = TextTable([
            .left("AT"), .left("TABLE"), .left("WATERMARK"), .right("ROWS"), .left("BATCH"), .left("REASON"),
        ])
        for change in changes {
            table.add([
                UTCText(microseconds: change.atMicroseconds).text, change.table,
                (change.wentBack ? "↓ " : "") + (change.position ?? "-"),
                change.rowCount?.grouped ?? "-", change.batch?.text ?? "-", change.reason,
            ])
        }
        return table.text
    }

    var json: JSONValue {
        let items = changes.map { change -> JSONValue in
            [
                "at": .string(UTCText(microseconds: change.atMicroseconds).iso8601),
                "table": .string(change.table), "watermark": .init(change.position),
                "rows": .init(change.rowCount), "batch": .init(change.batch?.text),
                "reason": .string(change.reason), "went_back": .bool(change.wentBack),
            ]
        }
        return ["changes": .array(items)]
    }
}

extension Watermark {
    /// The position as the cursor's text; nil: there is none.
    fileprivate var text: String? {
        position.flatMap { position in cursor.map { $0.text(position) } }
    }
}
