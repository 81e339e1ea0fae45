"""The command line: one command a file. Parse, call the library, print; nothing is decided here."""
