"""The REST face under `/api/v1`: HTTP in, services, JSON out."""
