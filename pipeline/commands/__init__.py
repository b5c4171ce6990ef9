"""What the command line can do: one file a group of commands, each found by its name in cli.py and loaded when it is called."""
