// A data file on its way into the warehouse: ClickHouse's bytes as they come, then a footer of our own.
import Iceberg
import ObjectStorage
import OffloadCore
import Parquet

/// Streams a Parquet file into the store and gives its columns their Iceberg field ids. No row is ever decoded.
struct ParquetDraft: DataFileDraft {
    let location: String
    let slice: PartitionSlice
    let table: LakeTable
    let writer: any ObjectWriter

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        do {
            try writer.write(bytes)
        } catch let error as ObjectStorageError {
            throw WarehouseFiles.translate(error, location)
        }
    }

    func finish() async throws -> DataFile {
        do {
            var (footer, offset) = try await Footer.read(fileSize: writer.size) { try await writer.read($0) }
            let columns = table.columns.map(\.field)
            let schema = Schema(schemaID: table.schema.schemaID, fields: columns)
            try footer.mend(try FieldAnnotation.mends(of: footer.schema, for: columns))
            try footer.annotate(fieldIDs: schema.fieldIDsByParquetPath)
            footer.stripBounds(of: footer.columnsWithUnsafeBounds)
            footer.setKeyValue("iceberg.schema", JSONText(schema.json).description)
            let metrics = ColumnMetrics(of: try footer.columnStatistics(), schema: schema)
            let (rowCount, splitOffsets) = (footer.rowCount, footer.splitOffsets)
            try await writer.replaceTail(from: offset, with: footer.trailer())
            let size = try await writer.finish()
            return DataFile(
                filePath: location, specID: table.spec.specID, partition: slice.values, recordCount: rowCount,
                fileSizeInBytes: size, columnSizes: metrics.columnSizes, valueCounts: metrics.valueCounts,
                nullValueCounts: metrics.nullValueCounts, lowerBounds: metrics.lowerBounds,
                upperBounds: metrics.upperBounds, splitOffsets: splitOffsets,
                sortOrderID: table.sortOrder.orderID)
        } catch let error as ParquetError {
            throw OffloadError(
                .sourceIncomplete, "ClickHouse's file is no whole Parquet file: \(error.message)",
                context: error.context, underlying: error, isRetryable: error.isRetryable, hint: error.hint)
        } catch let error as ObjectStorageError {
            throw WarehouseFiles.translate(error, location)
        }
    }

    func abandon() async {
        await writer.abandon()
    }
}
