"""report: what people open."""
