// Our own manifests: laid out as Java's, read back as written; and foreign ones of every age.
import Testing

@testable import Iceberg

@Suite struct ManifestTests {
    static let sync = [UInt8](repeating: 7, count: 16)

    /// One column, and one identity partition, of every type; and the day and bucket of some.
    static let types: [DataType] = [
        .boolean, .int, .long, .float, .double, .decimal(precision: 9, scale: 2),
        .decimal(precision: 38, scale: 0),
        .date, .time, .timestamp, .timestamptz, .string, .uuid, .fixed(3), .binary,
    ]
    static let schema = Schema(
        schemaID: 3,
        fields: types.enumerated().map { index, type in
            NestedField(id: Int32(index + 1), name: "c-\(index)", isRequired: false, type: type)
        })
    static let spec = PartitionSpec(
        specID: 4,
        fields: schema.fields.map {
            PartitionField(sourceID: $0.id, fieldID: 999 + $0.id, name: $0.name, transform: .identity)
        } + [PartitionField(sourceID: 11, fieldID: 1100, name: "c_day", transform: .day)])

    static let tuple: [Literal?] = [
        .boolean(true), .int(-1), .long(.min), .float(-0.0), .double(.infinity),
        .decimal(unscaled: -150, scale: 2),
        .decimal(unscaled: -99_999_999_999_999_999_999_999_999_999_999_999_999, scale: 0), .date(-719_162),
        .time(86_399_999_999), .timestamp(-1), .timestamptz(1), .string("é 🧊"), .uuid([UInt8](0..<16)),
        .fixed([1, 2, 3]), .binary([]), .date(0),
    ]

    static func file(_ name: String, _ partition: [Literal?] = tuple, specID: Int32 = 4) -> DataFile {
        DataFile(
            filePath: "s3://b/data/\(name).parquet", specID: specID, partition: partition, recordCount: 10,
            fileSizeInBytes: 1234, columnSizes: [2: 20, 1: 10], valueCounts: [1: 10], nullValueCounts: [1: 0],
            nanValueCounts: [4: 1], lowerBounds: [1: [0], 12: Array("a".utf8)], upperBounds: [1: [1]],
            keyMetadata: [1, 2], splitOffsets: [4, 400], equalityIDs: [], sortOrderID: 1,
            referencedDataFile: "s3://b/x")
    }

    static func write(_ entries: [ManifestEntry]) throws -> (file: NewFile, row: ManifestFile) {
        try ManifestWriter(snapshotID: 77, sequenceNumber: 5, schema: schema, sync: sync)
            .write(entries, spec: spec, to: "s3://b/metadata/m0.avro")
    }

    static let entries = [
        ManifestEntry.added(file("a"), by: 77),
        ManifestEntry(
            status: .existing, snapshotID: 70, sequenceNumber: 2, fileSequenceNumber: 3,
            dataFile: file("b", [Literal?](repeating: nil, count: 16))),
        ManifestEntry(
            status: .deleted, snapshotID: 77, sequenceNumber: 1, fileSequenceNumber: 1, dataFile: file("c")),
    ]

    @Test func everyFieldReadsBackAsWritten() throws {
        let (file, row) = try Self.write(Self.entries)
        let manifest = try Manifest(
            parsing: file.bytes, row: row, partition: try Self.spec.partitionType(in: Self.schema))
        var expected = Self.entries
        expected[0].sequenceNumber = 5
        expected[0].fileSequenceNumber = 5
        #expect(manifest.entries == expected)
        #expect(manifest.isComplete)
        #expect(try Self.write(Self.entries).file == file)
        #expect(row.manifestLength == Int64(file.bytes.count))
        #expect([row.addedFilesCount, row.existingFilesCount, row.deletedFilesCount] == [1, 1, 1])
        #expect([row.addedRowsCount, row.existingRowsCount, row.deletedRowsCount] == [10, 10, 10])
        #expect(row.sequenceNumber == 5 && row.minSequenceNumber == 2 && row.addedSnapshotID == 77)
        for (summary, value) in zip(row.partitions ?? [], Self.tuple) {
            #expect(summary.containsNull)
            #expect(summary.lowerBound == value?.encoded && summary.upperBound == value?.encoded)
        }
    }

    @Test func theFileIsLaidOutAsJavaLaysItOut() throws {
        let metadata = try SparkTable.trades.metadata
        let row = try #require(try SparkTable.trades.manifests().first)
        let theirs = try AvroFileReader(try SparkTable.read(row.manifestPath))
        let writer = ManifestWriter(
            snapshotID: 1, sequenceNumber: 4, schema: metadata.currentSchema, sync: Self.sync)
        let files = try SparkTable.trades.manifest(row).entries.map(\.dataFile)
        let (file, _) = try writer.write(
            files.map { .added($0, by: 1) }, spec: metadata.defaultSpec, to: row.manifestPath)
        let ours = try AvroFileReader(file.bytes)
        for key in ["avro.schema", "iceberg.schema"] {
            #expect(ours.text(key) == theirs.text(key)?.replacing(/,?"doc":"[^"]*"/, with: ""))
        }
        for key in [
            "avro.codec", "schema", "partition-spec", "partition-spec-id", "format-version", "content",
        ] {
            #expect(ours.text(key) == theirs.text(key))
        }
        #expect(ours.text("schema-id") == "0")
    }

    @Test func valuesThatDoNotFitTheSpecAreRefused() {
        for tuple in [[], [Literal?](repeating: .int(1), count: 16), [Literal?](repeating: nil, count: 15)] {
            #expect(throws: IcebergError.self) { try Self.write([.added(Self.file("a", tuple), by: 1)]) }
        }
    }

    @Test func anOldEntryWithoutNumbersIsRefused() throws {
        var entry = Self.entries[1]
        entry.sequenceNumber = nil
        let (file, row) = try Self.write([entry])
        let partition = try Self.spec.partitionType(in: Self.schema)
        let error = #expect(throws: IcebergError.self) {
            try Manifest(parsing: file.bytes, row: row, partition: partition)
        }
        #expect(error?.code == .invalidManifest)
        #expect(error?.context["manifest"] == "s3://b/metadata/m0.avro")
    }

    @Test func widenedPartitionValuesArePromoted() throws {
        let narrow = [DataType.int, .float, .decimal(precision: 9, scale: 2), .date]
        let wide = [DataType.long, .double, .decimal(precision: 38, scale: 2), .date]
        let values: [Literal] = [.int(-7), .float(0.5), .decimal(unscaled: -1, scale: 2), .date(3)]
        let promoted: [Literal] = [.long(-7), .double(0.5), .decimal(unscaled: -1, scale: 2), .date(3)]
        for (type, (value, (wider, expected))) in zip(narrow, zip(values, zip(wide, promoted))) {
            #expect(try Literal(try value.avro(as: type), as: wider) == expected)
        }
        // The spec's own type of a day is a plain int.
        #expect(try Literal(.int(3), as: .date) == .date(3))
        #expect(throws: IcebergError.self) { try Literal(.long(1 << 40), as: .int) }
        #expect(throws: IcebergError.self) { try Literal(.string("x"), as: .int) }
    }

    /// A manifest of an upgraded version 1 table: no content, no sequence numbers, retired fields, no field ids.
    @Test(arguments: [true, false])
    func aManifestFromBeforeVersionTwoReads(hasIDs: Bool) throws {
        func field(_ name: String, _ schema: AvroSchema, _ id: Int32) -> AvroField {
            AvroField(name, schema, id: hasIDs ? id : nil)
        }
        let tuple = AvroSchema(
            .record(name: "r102", fields: [field("c_day", .optional(AvroSchema(.int)), 1100)]))
        let file = AvroSchema(
            .record(
                name: "r2",
                fields: [
                    field("file_path", AvroSchema(.string), 100),
                    field("file_format", AvroSchema(.string), 101),
                    field("partition", tuple, 102), field("record_count", AvroSchema(.long), 103),
                    field("file_size_in_bytes", AvroSchema(.long), 104),
                    field("block_size_in_bytes", AvroSchema(.long), 105),
                ]))
        let schema = AvroSchema(
            .record(
                name: "manifest_entry",
                fields: [
                    field("status", AvroSchema(.int), 0),
                    field("snapshot_id", .optional(AvroSchema(.long)), 1),
                    field("data_file", file, 2),
                ]))
        let bytes = try AvroFileTests.write(
            [
                .record([
                    .int(0), .long(9),
                    .record([
                        .string("p"), .string("PARQUET"), .record([.int(5)]), .long(1), .long(2), .long(64),
                    ]),
                ])
            ], schema)
        var row = try Self.write(Self.entries).row
        row.sequenceNumber = 0
        let day = NestedField(id: 1100, name: "c_day", isRequired: false, type: .date)
        let manifest = try Manifest(parsing: bytes, row: row, partition: [day])
        #expect(
            manifest.entries == [
                ManifestEntry(
                    status: .existing, snapshotID: 9, sequenceNumber: 0, fileSequenceNumber: 0,
                    dataFile: DataFile(
                        filePath: "p", specID: 4, partition: [.date(5)], recordCount: 1, fileSizeInBytes: 2))
            ])
        #expect(manifest.isComplete)
    }

    /// PyIceberg's ids of equality deletes are long; an unknown field counts only when it has a value.
    @Test(arguments: [(AvroValue.null, true), (.long(12), false)])
    func unknownValuesAreNoticed(value: AvroValue, isComplete: Bool) throws {
        let (file, row) = try Self.write([Self.entries[0]])
        let reader = try AvroFileReader(file.bytes)
        var fields = reader.schema.fields
        var fileFields =
            fields[4].schema.fields + [AvroField("first_row_id", .optional(AvroSchema(.long)), id: 142)]
        fileFields[14] = AvroField("equality_ids", AvroSchema(.array(AvroSchema(.long))), id: 135)
        fields[4] = AvroField("data_file", AvroSchema(.record(name: "r2", fields: fileFields)), id: 2)
        var records: [AvroValue] = []
        try reader.forEach { record in
            var values = try #require(record.fields)
            var fileValues = try #require(values[4].fields) + [value]
            fileValues[14] = .array([.long(3)])
            values[4] = .record(fileValues)
            records.append(.record(values))
        }
        let foreign = try AvroFileTests.write(
            records, AvroSchema(.record(name: "manifest_entry", fields: fields)))
        let manifest = try Manifest(
            parsing: foreign, row: row, partition: try Self.spec.partitionType(in: Self.schema))
        #expect(manifest.isComplete == isComplete)
        #expect(manifest.entries[0].dataFile.equalityIDs == [3])
        #expect(manifest.entries[0].dataFile.partition == Self.tuple)
    }
}
