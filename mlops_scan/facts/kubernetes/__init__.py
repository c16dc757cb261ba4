"""Kubernetes: manifests of any kind, Kustomize, Helm charts and Helmfiles; one small module each."""
