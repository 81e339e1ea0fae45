"""What `extra_arguments` gives the variables of a module: files and values that go before the inputs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from s3kms.iac.hcl.syntax_tree import Block
from s3kms.iac.hcl.values import Value
from s3kms.iac.terragrunt.evaluation import FileEvaluator
from s3kms.iac.values import UnknownValue

_FILE, _VALUE = "-var-file", "-var"
_OF_ENVIRONMENT = "TF_VAR_"


@dataclass(frozen=True, slots=True)
class ExtraArguments:
    """The arguments and the environment that Terraform is run with."""

    files: tuple[str, ...] = ()
    """Variable definitions files: full paths, or relative to the module."""
    variables: tuple[tuple[str, str], ...] = ()
    """What follows `-var`."""
    environment: dict[str, Value] = field(default_factory=dict)
    """By the names of variables."""
    unknown: UnknownValue | None = None
    """Why there may be more of them."""

    def merged(self, child: "ExtraArguments") -> "ExtraArguments":
        """Those of an included file, and behind them those of the file that includes it."""
        return ExtraArguments(
            (*self.files, *child.files),
            (*self.variables, *child.variables),
            {**self.environment, **child.environment},
            child.unknown or self.unknown,
        )


def read_extra_arguments(evaluator: FileEvaluator, terraform: Block | None) -> ExtraArguments:
    """Those of the `terraform` block of one file."""
    found = ExtraArguments()
    for block in terraform.body.blocks if terraform else ():
        if block.type == "extra_arguments":
            found = found.merged(_read(evaluator, block))
    return found


def _read(evaluator: FileEvaluator, block: Block) -> ExtraArguments:
    def value(name: str) -> Value:
        attribute = block.body.attributes.get(name)
        return (
            None if attribute is None else evaluator.members(attribute.expression, f"extra_arguments.{name}")
        )

    required, optional, arguments, environment = (
        value(name) for name in ("required_var_files", "optional_var_files", "arguments", "env_vars")
    )
    lists = [
        one if isinstance(one, list) else [one] for one in (required, optional, arguments) if one is not None
    ]
    unknown = next((item for one in lists for item in one if isinstance(item, UnknownValue)), None)
    flags = list(_flags(arguments)) if isinstance(arguments, list) else []
    files = [item for one in (required, optional) if isinstance(one, list) for item in one]
    values = [text.partition("=") for flag, text in flags if flag == _VALUE]
    pairs = environment.items() if isinstance(environment, dict) else ()
    return ExtraArguments(
        tuple(
            item
            for item in (*files, *(text for flag, text in flags if flag == _FILE))
            if isinstance(item, str)
        ),
        tuple((name.strip(), text.strip()) for name, _, text in values),
        {
            name.removeprefix(_OF_ENVIRONMENT): item
            for name, item in pairs
            if name.startswith(_OF_ENVIRONMENT)
        },
        unknown,
    )


def _flags(arguments: list[Value]) -> Iterator[tuple[str, str]]:
    """Flags with their values, which stand behind `=` or are the next argument."""
    texts = [one if isinstance(one, str) else "" for one in arguments]
    for number, text in enumerate(texts):
        name, is_joined, value = text.partition("=")
        if name in {_FILE, _VALUE}:
            follows = texts[number + 1] if number + 1 < len(texts) else ""
            yield name, value if is_joined else follows
