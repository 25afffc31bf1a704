"""Where a model's files are, fetching and proving them."""
