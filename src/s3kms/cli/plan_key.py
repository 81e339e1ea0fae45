"""`s3kms plan --key-policy` and `--create-key`: the policy that the key of the buckets needs, and the key itself."""

import functools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import click

from s3kms.cli.messages import notify
from s3kms.cli.option_groups import option
from s3kms.cli.wording import cli_wording
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.describe import count_buckets
from s3kms.model.errors import BadInput, NothingToCheck
from s3kms.model.exits import Exit
from s3kms.model.partitions import partition_of
from s3kms.model.plan import PlanClass, PlanEvent, PlanSummary
from s3kms.remedies.new_key import NEW_KEY_FORMS, render_new_key

if TYPE_CHECKING:
    from s3kms.changes.planning.request import PlanRequest

NEW_KEY = "A new key"
DEFAULT_ALIAS = "alias/s3-default"
ACCOUNT_OF_CODE = "ACCOUNT-ID"
"""In the place of the account, which code does not tell."""
Command = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class NewKeyOptions:
    """What was asked about a new key."""

    is_policy: bool
    form: str | None
    alias: str
    administrators: tuple[str, ...] = ()
    """Who may change the policy; everybody whom IAM lets, where none is named."""

    @property
    def is_asked(self) -> bool:
        """Whether the key is printed instead of the plan."""
        return self.is_policy or self.form is not None

    def check(self, given: frozenset[str]) -> None:
        """Raises BadInput for options of a new key without one, and for a key that is there beside it."""
        create = Option("create_key", "FORM")
        if (self.form is None and "alias" in given) or (not self.is_asked and "key_admins" in given):
            fields: dict[str, Any] = {
                "option": Option("alias" if "alias" in given else "key_admin"),
                "create": create,
            }
            raise BadInput(
                Sentence("{option} requires {create}", fields), advice=Advice("add {create}", fields)
            )
        if self.is_asked and "key" in given:
            fields = {"option": Option(self._name), "key": Option("key"), "prepare": Option("prepare")}
            raise BadInput(
                Sentence("{option} is about a new key, and {key} names an existing one", fields),
                advice=Advice("leave {key} out; or add what that key lacks with {prepare}", fields),
            )

    @property
    def _name(self) -> str:
        return "key_policy" if self.is_policy else "create_key"

    def without_key(self, request: "PlanRequest") -> "PlanRequest":
        """The plan that says what the new key needs: no key is there yet, whatever the configuration maps."""
        if not self.is_asked:
            return request
        configuration = replace(request.fix.configuration, keys={})
        return replace(request, fix=replace(request.fix, key=None, configuration=configuration))


def new_key_options(function: Command) -> Command:
    """`--key-policy`, `--create-key`, `--alias`, `--key-admin`; the command gets `new_key`."""

    @option(
        NEW_KEY,
        "--key-policy",
        "is_policy",
        is_flag=True,
        help="Print the key policy that these buckets need, instead of the plan.",
    )
    @option(
        NEW_KEY,
        "--create-key",
        "create_key",
        type=click.Choice(tuple(NEW_KEY_FORMS)),
        help="Print how to create a key with that policy, instead of the plan.",
    )
    @option(
        NEW_KEY,
        "--alias",
        "alias",
        default=DEFAULT_ALIAS,
        show_default=True,
        metavar="ALIAS",
        help="Alias of the new key.",
    )
    @option(
        NEW_KEY,
        "--key-admin",
        "key_admins",
        multiple=True,
        metavar="ARN",
        help="ARN of a role or user; only these may change the policy of the new key (repeatable). "
        "Include the creator of the key.",
    )
    @functools.wraps(function)
    def decorated(
        *args: Any,
        is_policy: bool,
        create_key: str | None,
        alias: str,
        key_admins: tuple[str, ...],
        **options: Any,
    ) -> Any:
        chosen = NewKeyOptions(is_policy, create_key, alias, key_admins)
        return function(*args, new_key=chosen, **options)

    return decorated


def print_new_key(events: Iterable[PlanEvent], chosen: NewKeyOptions, write: Callable[[str], object]) -> Exit:
    """One key for one account and region. Raises BadInput for buckets of several, NothingToCheck for none, Refused
    for a policy that is too long.
    """
    from s3kms.changes.policies.new_key import new_key_policy

    _check(chosen)
    needs = _KeyNeeds()
    for event in events:
        needs.add(event)
    account, region, statements = needs.only()
    _check_administrators(chosen.administrators, account)
    policy = new_key_policy(account, region, partition_of(region), statements, chosen.administrators)
    if chosen.form is None:
        write(f"{json.dumps(policy, indent=2)}\n")
    else:
        write(render_new_key(chosen.form, policy, chosen.alias, region))
    _tell(account, region, chosen)
    return Exit.UNKNOWNS if needs.is_open() else Exit.OK


def _check(chosen: NewKeyOptions) -> None:
    from s3kms.model.keys import KeyForm, KeyReference

    if KeyReference.parse(chosen.alias).form is not KeyForm.ALIAS:
        raise BadInput(f"{chosen.alias!r} is not an alias", advice="use alias/NAME")
    for arn in chosen.administrators:
        if not _ADMINISTRATOR.fullmatch(arn):
            raise BadInput(
                f"{arn!r} is not the ARN of a role or user", advice="use arn:aws:iam::ACCOUNT:role/NAME"
            )


def _check_administrators(arns: Iterable[str], account: str) -> None:
    """Raises BadInput for one of another account: nothing in the policy would let it in, and who could is denied."""
    for arn in arns:
        if account not in {ACCOUNT_OF_CODE, arn.split(":")[4]}:
            raise BadInput(
                f"{arn} is not in account {account}, in which the key is created",
                advice=f"name a role or user of account {account}",
            )


_ADMINISTRATOR = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/[\w+=,.@/*-]{1,500}")


def _tell(account: str, region: str, chosen: NewKeyOptions) -> None:
    from s3kms.changes.policies.new_key import PARTITIONS_OF_S3

    notify(f"for the buckets of account {account} in {region}")
    if not chosen.administrators:
        notify(
            "anyone who may call kms:PutKeyPolicy can remove the deny statement: restrict that to your "
            f"administrators with {cli_wording(Option('key_admin', 'ARN'))}"
        )
    if partition_of(region) not in PARTITIONS_OF_S3:
        notify(
            "there is no statement for principals that use the key through S3: the kms:ViaService name "
            f"of S3 in {partition_of(region)} is not documented, so IAM policies decide"
        )
    if account == ACCOUNT_OF_CODE:
        notify(
            f"made from code: replace {ACCOUNT_OF_CODE} with the account id. Users and roles with their "
            "policies, grants, and anything that is not in this code were not seen: run the plan for "
            "the live buckets, too"
        )


@dataclass(slots=True)
class _KeyNeeds:
    """What the buckets of a plan need of a key, by account and region."""

    statements: dict[tuple[str, str], list[Mapping[str, Any]]] = field(default_factory=dict)
    without_region: int = 0
    """Buckets of code that do not say where they are."""
    summary: PlanSummary | None = None

    def add(self, event: PlanEvent) -> None:
        """Count what one bucket needs."""
        if isinstance(event, PlanSummary):
            self.summary = event
            return
        if event.plan_class is PlanClass.STAY:
            return
        account = event.account or (ACCOUNT_OF_CODE if event.place else None)
        if account is None or event.region is None:
            self.without_region += 1
            return
        listed = self.statements.setdefault((account, event.region), [])
        of_bucket = (statement for one in event.hazards for statement in one.statements)
        listed += [one for one in of_bucket if one not in listed]

    def only(self) -> tuple[str, str, list[Mapping[str, Any]]]:
        """The one account and region, with the statements. Raises BadInput for several, NothingToCheck for none."""
        if not self.statements and self.without_region:
            many = count_buckets(self.without_region)
            raise NothingToCheck(f"the region of {many} is not known, and a key belongs to one region")
        if not self.statements:
            raise NothingToCheck("no bucket needs a key")
        if len(self.statements) > 1:
            places = ", ".join(f"{account} {region}" for account, region in sorted(self.statements))
            raise BadInput(
                Sentence(
                    "the buckets are in several accounts or regions, and need a key in each: {p}",
                    {"p": places},
                ),
                advice=Advice(
                    "choose one with {region}, or name buckets", {"region": Option("region", "REGION")}
                ),
            )
        (((account, region), statements),) = self.statements.items()
        return account, region, statements

    def is_open(self) -> bool:
        """Whether somebody may need the key of whom the plan does not know; it is said which buckets."""
        if self.without_region:
            many = count_buckets(self.without_region)
            notify(f"the region of {many} is not known: what they need is not in the policy")
        is_of_code = any(account == ACCOUNT_OF_CODE for account, _ in self.statements)
        return _is_open(self.summary) or bool(self.without_region) or is_of_code


def _is_open(summary: PlanSummary | None) -> bool:
    """Whether somebody may need the key of whom the plan does not know; it is said which buckets."""
    if summary is None:
        return True
    looks = summary.classes.get(PlanClass.LOOK, 0)
    if looks:
        notify(
            f"what the key policy must allow for {count_buckets(looks)} could not be determined: see the plan"
        )
    if summary.unlisted or summary.missing:
        notify("not all requested buckets could be read: see the plan")
    return bool(looks or summary.unlisted or summary.missing)
