"""What several formats are made of: sentences, findings, fingerprints, and what makes a text harmless."""
