print("iceberg-offload")
