"""Every error that is the caller's, and the exit code that the command line gives it.

Content never raises: a hostile or broken document gives diagnostics or a quarantine line. What is here says that a *caller*
asked for something impossible, or that the machine failed. Each message says what, where, and the next step.

    PipelineError                 1
    ├── GuardError                1   a guard tripped, nothing was published
    ├── UsageError                2
    │   ├── UnknownFormatError    2
    │   ├── InputTypeError        2
    │   └── ConfigError           2
    └── EnvironmentFailedError    3   disk full, lock held, output not writable
        └── LockHeldError         3
"""


class PipelineError(Exception):
    """Base of all errors of this package; `exit_code` is what the command line ends with."""

    exit_code = 1


class GuardError(PipelineError):
    """A guard (`max_loss`, `--max-quarantine`, the accounting equation) tripped; nothing was published."""


class UsageError(PipelineError):
    """The caller asked for something that does not exist or cannot be."""

    exit_code = 2


class UnknownFormatError(UsageError):
    """A format name that no parser has."""


class InputTypeError(UsageError):
    """Data that is neither bytes nor str."""


class ConfigError(UsageError):
    """A configuration file that cannot be used; the message names file, line and the nearest known key."""


class EnvironmentFailedError(PipelineError):
    """The machine failed: disk full, no permission, output folder unusable."""

    exit_code = 3


class LockHeldError(EnvironmentFailedError):
    """Another run is writing to the same output folder."""
