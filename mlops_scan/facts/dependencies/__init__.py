"""What a project declares that it needs: one small module for each family of manifests."""
