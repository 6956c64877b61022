// Manifest lists: read back as written, also those of old writers; summaries that never hide rows.
import Testing

@testable import Iceberg

@Suite struct ManifestListTests {
    static let row = ManifestFile(
        manifestPath: "s3://b/m.avro", manifestLength: 7, partitionSpecID: 2, content: .deletes,
        sequenceNumber: 9,
        minSequenceNumber: 3, addedSnapshotID: .max, addedFilesCount: 1, existingFilesCount: 2,
        deletedFilesCount: 3, addedRowsCount: 4, existingRowsCount: 5, deletedRowsCount: 6,
        partitions: [
            FieldSummary(containsNull: true, containsNaN: nil, lowerBound: nil, upperBound: nil),
            FieldSummary(containsNull: false, containsNaN: true, lowerBound: [], upperBound: [255]),
        ], keyMetadata: [0])

    @Test func everyFieldReadsBackAsWritten() throws {
        var plain = Self.row
        plain.partitions = nil
        plain.keyMetadata = nil
        plain.content = .data
        let list = ManifestList([Self.row, plain])
        let bytes = try list.encoded(
            snapshotID: 5, parentSnapshotID: nil, sequenceNumber: 9, sync: ManifestTests.sync)
        #expect(try ManifestList(parsing: bytes, location: "l") == list)
        let file = try AvroFileReader(bytes)
        for (key, value) in [
            ("snapshot-id", "5"), ("parent-snapshot-id", "null"), ("sequence-number", "9"),
            ("format-version", "2"),
        ] { #expect(file.text(key) == value) }
    }

    @Test func theFileIsLaidOutAsJavaLaysItOut() throws {
        let snapshot = try #require(try SparkTable.deleted.metadata.currentSnapshot)
        let theirs = try AvroFileReader(try SparkTable.read(snapshot.manifestList))
        let ours = try AvroFileReader(
            try ManifestList(SparkTable.deleted.manifests()).encoded(
                snapshotID: snapshot.snapshotID, parentSnapshotID: snapshot.parentSnapshotID,
                sequenceNumber: 3,
                sync: ManifestTests.sync))
        for key in theirs.metadata.keys {
            #expect(ours.text(key) == theirs.text(key)?.replacing(/,?"doc":"[^"]*"/, with: ""))
        }
    }

    /// Java before 2020: counts under other names, no content, no sequence numbers; and writers without field ids.
    @Test(arguments: [true, false])
    func oldNamesAndMissingFieldsRead(hasIDs: Bool) throws {
        let columns: [(String, AvroSchema, Int32, AvroValue)] = [
            ("manifest_path", AvroSchema(.string), 500, .string("p")),
            ("manifest_length", AvroSchema(.long), 501, .long(1)),
            ("partition_spec_id", AvroSchema(.int), 502, .int(0)),
            ("added_snapshot_id", .optional(AvroSchema(.long)), 503, .long(8)),
            ("added_data_files_count", .optional(AvroSchema(.int)), 504, .int(1)),
            ("existing_data_files_count", .optional(AvroSchema(.int)), 505, .int(2)),
            ("deleted_data_files_count", .optional(AvroSchema(.int)), 506, .int(3)),
            ("added_rows_count", .optional(AvroSchema(.long)), 512, .long(4)),
            ("existing_rows_count", .optional(AvroSchema(.long)), 513, .long(5)),
            ("deleted_rows_count", .optional(AvroSchema(.long)), 514, .long(6)),
            ("first_row_id", .optional(AvroSchema(.long)), 520, .null),
        ]
        let schema = AvroSchema(
            .record(
                name: "manifest_file", fields: columns.map { AvroField($0.0, $0.1, id: hasIDs ? $0.2 : nil) })
        )
        let bytes = try AvroFileTests.write([.record(columns.map(\.3))], schema)
        #expect(
            try ManifestList(parsing: bytes, location: "l").manifests == [
                ManifestFile(
                    manifestPath: "p", manifestLength: 1, partitionSpecID: 0, content: .data,
                    sequenceNumber: 0,
                    minSequenceNumber: 0, addedSnapshotID: 8, addedFilesCount: 1, existingFilesCount: 2,
                    deletedFilesCount: 3, addedRowsCount: 4, existingRowsCount: 5, deletedRowsCount: 6,
                    partitions: nil)
            ])
    }

    @Test func aListThatIsNoneNamesItself() {
        for bytes in [[], Array("Obj".utf8), Array("{}".utf8)] {
            let error = #expect(throws: IcebergError.self) {
                try ManifestList(parsing: bytes, location: "s3://l")
            }
            #expect(error?.context["manifest-list"] == "s3://l")
        }
    }

    /// A missing lower bound says "no values", and readers then skip the manifest whatever they look for.
    @Test func summariesHaveBoundsWheneverThereIsAValue() {
        func summary(_ null: Bool, _ nan: Bool, _ lower: Literal?, _ upper: Literal?) -> FieldSummary {
            FieldSummary(
                containsNull: null, containsNaN: nan, lowerBound: lower?.encoded, upperBound: upper?.encoded)
        }
        let cases: [([Literal?], FieldSummary)] = [
            ([nil, nil], summary(true, false, nil, nil)),
            ([.int(3)], summary(false, false, .int(3), .int(3))),
            ([.int(3), nil, .int(-1)], summary(true, false, .int(-1), .int(3))),
            ([.double(.nan)], summary(false, true, nil, nil)),
            ([.double(.nan), .double(2), .double(-2)], summary(false, true, .double(-2), .double(2))),
            ([.float(0), .float(-0.0)], summary(false, false, .float(-0.0), .float(0))),
            // By unsigned UTF-8 bytes, and never cut short.
            ([.string("é"), .string("z")], summary(false, false, .string("z"), .string("é"))),
            (
                [.string(String(repeating: "x", count: 40))],
                summary(
                    false, false, .string(String(repeating: "x", count: 40)),
                    .string(String(repeating: "x", count: 40)))
            ),
            (
                [.decimal(unscaled: -1, scale: 1), .decimal(unscaled: 200, scale: 1)],
                summary(false, false, .decimal(unscaled: -1, scale: 1), .decimal(unscaled: 200, scale: 1))
            ),
        ]
        for (values, expected) in cases { #expect(FieldSummary(of: values) == expected) }
    }
}
