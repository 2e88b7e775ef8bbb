"""Writes the C++ that follows from the API models and the services' manifests. See README.md."""
