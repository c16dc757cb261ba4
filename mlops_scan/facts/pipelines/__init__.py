"""Files that describe pipelines, deployments, data and models: one module per format."""
