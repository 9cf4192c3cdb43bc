"""The command line: `understudy COMMAND`. Each command imports its component only when it is
called."""
