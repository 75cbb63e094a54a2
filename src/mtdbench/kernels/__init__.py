"""The numerical core: views, patches, the posterior pass over them, moments and windows."""
