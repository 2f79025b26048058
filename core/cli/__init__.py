"""The lab without a window: `hellodl` and its subcommands."""
