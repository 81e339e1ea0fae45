"""Terraform's functions: what each comes to, what is open, what is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.terraform import Terraform, requires_terraform
from tests.unit.iac.hcl.function_cases import CASES, REFUSED, Case

from s3kms.iac.hcl.functions import FUNCTIONS, NEEDS_FILES, TAKES_EXPRESSIONS, apply_function
from s3kms.iac.hcl.scalars import format_number
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Reference, Rejected, UnknownValue
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

OPEN = UnknownValue("var.x", Unknown(UnknownCause.NOT_READ, "var.x has no value", Advice("--var x=…")))
ARN = UnknownValue(
    "aws_kms_key.k.arn", OPEN.unknown, Reference("aws_kms_key.k", "aws_kms_key", "arn", is_never_empty=True)
)
ID = UnknownValue(
    "aws_s3_bucket.b.id",
    OPEN.unknown,
    Reference("aws_s3_bucket.b", "aws_s3_bucket", "id", is_never_empty=True),
)


def written(value: Value) -> str:
    """The value as HCL."""
    if isinstance(value, str):
        return json.dumps(value).replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, SetValue):
        return f"toset({written([*value.items])})"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(key)} = {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return format_number(value)
    return json.dumps(value)


def hcl(case: Case) -> str:
    return f"{case[0]}({', '.join(map(written, case[1]))})"


def plain(value: object) -> object:
    """What JSON keeps of it."""
    if isinstance(value, SetValue):
        return [plain(item) for item in value.items]
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


@pytest.mark.parametrize("case", CASES, ids=[hcl(case)[:70] for case in CASES])
def test_a_call_comes_to_what_terraform_says(case: Case) -> None:
    name, args, expected = case
    if expected is REFUSED:
        with pytest.raises(Rejected):
            apply_function(name, args)
        return

    found = apply_function(name, args)

    assert json.dumps(plain(found)) == json.dumps(plain(expected))


@pytest.mark.slow
@pytest.mark.terraform
@requires_terraform
def test_terraform_says_the_same(tmp_path: Path) -> None:
    good = [case for case in CASES if case[2] is not REFUSED]
    said: list[object] = []
    for at in range(0, len(good), 100):
        line = f"jsonencode([{', '.join(hcl(case) for case in good[at : at + 100])}])\n"
        answered = Terraform(tmp_path, {}).ask(line)
        assert answered.returncode == 0, answered.stdout + answered.stderr
        said += json.loads(json.loads(answered.stdout))

    calls = [hcl(case) for case in good]
    assert [*zip(calls, said, strict=True)] == [*zip(calls, [plain(case[2]) for case in good], strict=True)]


@pytest.mark.slow
@pytest.mark.terraform
@requires_terraform
def test_terraform_refuses_the_same(tmp_path: Path) -> None:
    bad = [hcl(case) for case in CASES if case[2] is REFUSED]

    asked = Terraform(tmp_path, {}).ask(
        f"jsonencode([{', '.join(f'can(jsonencode({line}))' for line in bad)}])\n"
    )
    assert asked.returncode == 0, asked.stdout + asked.stderr
    accepted = [line for line, can in zip(bad, json.loads(json.loads(asked.stdout)), strict=True) if can]

    assert accepted == []


KNOWN: list[tuple[str, tuple[Value, ...], Value]] = [
    ("length", ([OPEN, "a"],), 2),
    ("length", (SetValue((OPEN,)),), 1),
    ("merge", ({"b": OPEN}, {"a": 1}), {"a": 1, "b": OPEN}),
    ("lookup", ({"a": OPEN, "b": 1}, "b", OPEN), 1),
    ("lookup", ({"a": ARN}, "a", ""), ARN),
    ("keys", ({"a": OPEN},), ["a"]),
    ("values", ({"a": OPEN},), [OPEN]),
    ("concat", ([OPEN], ["a"]), [OPEN, "a"]),
    ("contains", ([OPEN, "a"], "a"), True),
    ("element", ([OPEN, "a"], 1), "a"),
    ("element", ([ARN], 0), ARN),
    ("one", ([ARN],), ARN),
    ("join", ("", [ARN]), ARN),
    ("join", ("", [ARN], []), ARN),
    ("format", ("%s", ARN), ARN),
    ("flatten", ([[ARN], ["a"]],), [ARN, "a"]),
    ("flatten", ([[{"a": OPEN}]],), [{"a": OPEN}]),
    ("compact", ([ARN, ""],), [ARN]),
    ("coalesce", (None, ARN, "a"), ARN),
    ("coalesce", ("a", OPEN), "a"),
    ("coalescelist", ([OPEN], ["a"]), [OPEN]),
    ("alltrue", ([OPEN, False],), False),
    ("anytrue", ([OPEN, True],), True),
    ("zipmap", (["a"], [OPEN]), {"a": OPEN}),
    ("slice", ([OPEN, "a"], 0, 1), [OPEN]),
    ("reverse", (["a", OPEN],), [OPEN, "a"]),
    ("tostring", (ARN,), ARN),
    ("tolist", ([OPEN, 1],), [OPEN, 1]),
    ("toset", ([OPEN, "b", "a", "a"],), SetValue(("a", "b", OPEN))),
    ("setproduct", (["a"], [OPEN]), [["a", OPEN]]),
    ("formatlist", ("%s/*", [ARN, "b"]), [UnknownValue(ARN.expression, ARN.unknown), "b/*"]),
    ("nonsensitive", (ARN,), ARN),
    ("chunklist", ([OPEN, "a"], 1), [[OPEN], ["a"]]),
    ("list", ("a", OPEN), ["a", OPEN]),
    ("map", ("b", 1, "a", 2), {"a": 2, "b": 1}),
]


@pytest.mark.parametrize("case", KNOWN, ids=[f"{case[0]}-{n}" for n, case in enumerate(KNOWN)])
def test_what_an_open_part_does_not_decide_is_known(case: tuple[str, tuple[Value, ...], Value]) -> None:
    assert apply_function(case[0], case[1]) == case[2]


DECIDED: list[tuple[str, tuple[Value, ...]]] = [
    ("lower", (OPEN,)),
    ("length", (OPEN,)),
    ("length", (SetValue(("a", OPEN)),)),
    ("merge", ({"a": 1}, OPEN)),
    ("lookup", (OPEN, "a", "b")),
    ("lookup", ({"a": 1}, OPEN, "b")),
    ("contains", ([OPEN, "a"], "b")),
    ("index", ([OPEN, "a"], "a")),
    ("compact", ([OPEN],)),
    ("coalesce", (OPEN, "a")),
    ("coalescelist", (OPEN, ["a"])),
    ("flatten", ([OPEN],)),
    ("alltrue", ([OPEN, True],)),
    ("distinct", ([OPEN, "a"],)),
    ("join", ("", [OPEN, "a"])),
    ("format", ("%s-a", OPEN)),
    ("jsonencode", ({"a": OPEN},)),
    ("setunion", (OPEN, ["a"])),
    ("setintersection", ([OPEN], ["a"])),
    ("sort", ([OPEN, "a"],)),
    ("sum", ([OPEN, 1],)),
    ("zipmap", ([OPEN], ["a"])),
    ("transpose", ({"a": [OPEN]},)),
    ("cidrsubnet", (OPEN, 1, 1)),
    ("split", (",", OPEN)),
]


@pytest.mark.parametrize("case", DECIDED, ids=[f"{case[0]}-{n}" for n, case in enumerate(DECIDED)])
def test_what_an_open_part_decides_is_open(case: tuple[str, tuple[Value, ...]]) -> None:
    assert apply_function(*case) == OPEN


LAUGHS = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{after}: &{after} [{', '.join(['*' + before] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_what_is_made_of_an_attribute_is_not_that_attribute() -> None:
    assert apply_function("lower", (ID,)) == UnknownValue(ID.expression, ID.unknown)


@pytest.mark.parametrize(
    "name", ["timestamp", "uuid", "plantimestamp", "bcrypt", "provider::aws::arn_parse", "nosuch"]
)
def test_what_is_not_evaluated_says_which_function(name: str) -> None:
    found = apply_function(name, ("x",))

    assert isinstance(found, UnknownValue)
    assert name in found.unknown.why


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("regex", ("(a+)+$", "a" * 100 + "b")),
        ("regex", (".*.*.*.*.*.*x", "a" * 1000)),
        ("regex", ("\\pL", "a")),
        ("regex", ("[[:^alpha:]]", "1")),
        ("regex", ("a" * 5000, "a")),
        ("format", ("%1000000000d", 1)),
        ("format", ("%.99999f", 1)),
        ("indent", (10**9, "a\nb\n")),
        ("setproduct", ([*range(1000)], [*range(1000)])),
        ("replace", ("a" * 10_000, "a", "b" * 10_000)),
        ("yamldecode", (LAUGHS,)),
        ("yamldecode", ("&a [*a]",)),
        ("jsondecode", ("[" * 100_000,)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_would_take_too_much_is_open(name: str, args: tuple[Value, ...]) -> None:
    assert isinstance(apply_function(name, args), UnknownValue)


def test_no_function_is_in_two_tables() -> None:
    assert not FUNCTIONS.keys() & (TAKES_EXPRESSIONS | NEEDS_FILES)


def test_a_function_of_the_core_may_be_called_by_its_whole_name() -> None:
    assert apply_function("core::length", ([1],)) == 1


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["%s", "%5.2f", "/a*/", "(a)", "10.0.0.0/8", "2020-01-01T00:00:00Z", "1h", "a: 1", "é"])
    | st.sampled_from([OPEN, ARN])
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=4), inner, max_size=4)
        | st.lists(inner, max_size=4).map(lambda items: SetValue(tuple(items)))
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@settings(max_examples=25, deadline=None)
@given(args=st.lists(values, max_size=4))
def test_a_call_gives_a_value_or_is_refused(name: str, args: list[Value]) -> None:
    try:
        found = apply_function(name, tuple(args))
    except Rejected:
        return

    assert found is None or isinstance(
        found, bool | int | float | str | list | dict | SetValue | UnknownValue
    )


@pytest.mark.parametrize("text", ["", "a", "a\nb"])
def test_an_indentation_of_gigabytes_is_not_made(text: str) -> None:
    assert isinstance(apply_function("indent", (3_000_000_000, text)), UnknownValue)
