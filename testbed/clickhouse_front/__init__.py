"""ClickHouse's HTTP interface in front of the in-process chdb engine, for tests and the demo."""
