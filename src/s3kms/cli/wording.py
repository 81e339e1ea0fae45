"""How the command line words an option or a command: `--max-changes 60`, `s3kms undo RUN`."""

import shlex

from s3kms.model.advice import Command, Option

_FLAGS = {
    "accounts": "--account",
    "engines": "--engine",
    "exclude_accounts": "--exclude-account",
    "folder": "--out",
    "form": "--as",
    "from_keys": "--from-key",
    "parameter_files": "--parameters",
    "regions": "--region",
    "rules": "--rule",
    "settings": "--set",
    "source": "--from",
    "variable_files": "--var-file",
    "variables": "--var",
}
"""The options that are not called as the library calls them."""
_COMMANDS = {"verify_objects": "verify"}
"""The commands, too."""


def cli_wording(reference: Option | Command) -> str:
    """A reference as a user types it."""
    if isinstance(reference, Command):
        options = (cli_wording(option) for option in reference.options)
        return " ".join(
            (
                "s3kms",
                _COMMANDS.get(reference.name, reference.name),
                *map(_word, reference.arguments),
                *options,
            )
        )
    if reference.value is False:
        return f"--no-{reference.name.replace('_', '-')}"
    flag = flag_of(reference.name)
    is_plain = reference.value is None or reference.value is True
    return flag if is_plain else f"{flag} {_word(str(reference.value))}"


def flag_of(option: str) -> str:
    """The flag of an option of the library: `--max-changes` for `max_changes`."""
    return _FLAGS.get(option, f"--{option.replace('_', '-')}")


def _word(text: str) -> str:
    """Quoted for a shell where it has to be; a placeholder such as `PATH` or `DIR|FILE` stays as it is."""
    return text if text.isupper() else shlex.quote(text)
