"""Task runners: what people and CI start by a name is a `target`; the first of a file is what no name starts."""
