# Generated types, tables and manifests; see codegen/README.md.
add_library(fb_generated INTERFACE)
