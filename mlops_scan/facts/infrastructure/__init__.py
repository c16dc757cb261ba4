"""Infrastructure as code and platforms that read a manifest: one small module for each format."""
