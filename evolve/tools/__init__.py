"""Tools that agents may use, one file each; see docs/tools.md."""
