"""Who keeps and who loses access to each bucket of an account, principal by principal.

Identities of which every policy says the same are judged once, and buckets of which every policy says the same share
what was judged: the work grows with the principals and the distinct policies, not with principals times buckets.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from s3kms.access.acl_use import judge_acl
from s3kms.access.bucket_signature import BucketSignatures, contexts_of
from s3kms.access.bucket_use import OBJECT_ACTIONS, OpenedBucket, uses_of
from s3kms.access.callers import Reach, Requester, RequesterKind, reaches
from s3kms.access.context import RequestContext
from s3kms.access.grouping import Answers, Grouping, Judged, Mend, UseAnswer
from s3kms.access.identity_classes import (
    IdentityClass,
    IdentityClasses,
    PolicyParser,
    classify,
    is_administrator,
    is_personal,
    is_personal_statement,
    named_principals,
    reach_of,
)
from s3kms.access.judging import OrganizationLevels, judge_user, via_service_of, with_everything
from s3kms.access.key_use import BucketUnderKey, BucketUser, KeyAccessAnswer, caller_named
from s3kms.access.match import Match
from s3kms.access.named import identities_in, names_in, sessions_in, told_apart
from s3kms.access.outsiders import (
    NamedOutsider,
    doors_by_account,
    is_for,
    keys_as_input,
    outsiders_of,
    unread_of,
)
from s3kms.access.principals import PrincipalOwner
from s3kms.access.statements import Policy
from s3kms.model.access import AccessGroup, KeyAccess, KeyUse
from s3kms.model.identities import AccountIdentities, OrganizationPolicies
from s3kms.model.unknown import NOT_READ, Unknown

IdentitiesOf = Callable[[str], AccountIdentities | Unknown]
OrganizationOf = Callable[[str], OrganizationPolicies]
_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Account:
    """The identities of one account, ready to be judged."""

    classes: IdentityClasses
    by_name: Mapping[str, frozenset[int]]
    """The classes that write out the name of a bucket."""
    wide: frozenset[int]
    """The classes that may reach a bucket that they do not write out."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One bucket under its key, with what all its principals share."""

    name: str
    bucket: OpenedBucket
    under: BucketUnderKey
    policies: tuple[Policy, ...]
    """Of the bucket, of its access points, of the key."""
    is_personal: bool
    """Whether one of them tells apart who has the same policies."""
    signature: int
    """The same for buckets of which every policy says the same."""


@dataclass(slots=True)
class AccessJudge:
    """Judges buckets, with the identities of whatever accounts may be read."""

    identities_of: IdentitiesOf
    organization_of: OrganizationOf
    since: datetime | None = None
    """When they are judged: no request comes before. None where that is not known."""
    accounts_of_plan: Callable[[], Collection[str]] = tuple
    """The accounts whose users and roles may come where a statement allows anyone who meets its conditions; called
    for such a statement alone.
    """
    evaluations: int = 0
    """How many principals were judged, each with one bucket: what the time goes with."""
    _parser: PolicyParser = field(default_factory=PolicyParser)
    _accounts: dict[str, "_Account | Unknown"] = field(default_factory=dict)
    _levels: dict[str, OrganizationLevels] = field(default_factory=dict)
    _personal: dict[str, bool] = field(default_factory=dict)
    _signatures: BucketSignatures = field(default_factory=BucketSignatures)
    _signature_numbers: dict[tuple[object, ...], int] = field(default_factory=dict)
    """A signature is long, and looked up for each class."""
    _shared: dict[tuple[object, ...], Answers] = field(default_factory=dict)
    _grouped_members: dict[tuple[int, bool], Grouping] = field(default_factory=dict)

    def judge(self, name: str, bucket: OpenedBucket, under: BucketUnderKey) -> tuple[AccessGroup, ...]:
        """Everybody who may use a bucket today, in groups, with what becomes of them under the key."""
        own = self._account(bucket.account)
        outsiders = outsiders_of(bucket)
        accounts = {one.account for one in outsiders if one.account}
        if any(one.is_unnamed for one in outsiders):
            accounts |= set(self.accounts_of_plan()) - {bucket.account}
        self._read_all(bucket.account, under.key_account, *sorted(accounts))
        case = self._case(name, bucket, under)
        if isinstance(own, Unknown):
            grouping = Grouping()
            grouping.add(_unread(bucket.account, own))
        else:
            grouping = self._grouped(own, case, is_open=_is_open_to_all(case, bucket.account))
        if bucket.unread is not None:
            grouping.add(_cannot_tell(bucket.account, bucket.unread.why, "its access points"))
        for through, unread in dict.fromkeys(unread_of(bucket.doors)):
            grouping.add(_cannot_tell("*", unread.why, through))
        for judged in judge_acl(bucket.acl, under):
            grouping.add(judged)
        doors = doors_by_account(bucket.doors)
        for outsider in outsiders:
            about = replace(bucket, doors=doors.get(outsider.account or "", bucket.doors))
            for judged, without in self._outsider(outsider, replace(case, bucket=about)):
                grouping.add(judged, without)
        return grouping.finished(Mend(via_service_of(under), not under.is_aws_managed))

    def _read_all(self, own: str, key_account: str, *others: str) -> None:
        """Reads what bears on a bucket before its signature is made: buckets that it tells apart would look alike."""
        for account in (own, key_account, *others):
            self._organization(account)
        for account in others:
            self._account(account)

    def _case(self, name: str, bucket: OpenedBucket, under: BucketUnderKey) -> _Case:
        documents = [door.policies for door in bucket.doors] + [under.key_policies]
        policies = tuple(policy for found in documents if not isinstance(found, Unknown) for policy in found)
        self._signatures.add_contexts(policies)
        signature = self._signatures.signature(bucket, under)
        number = self._signature_numbers.setdefault(signature, len(self._signature_numbers))
        personal = any(map(is_personal, policies)) or any(
            map(self._is_bound_personally, (under.key_account, bucket.account))
        )
        return _Case(name, bucket, under, policies, personal, number)

    def _is_bound_personally(self, account: str) -> bool:
        """Whether policies of the organization tell apart who has the same policies."""
        if account not in self._personal:
            self._personal[account] = any(map(is_personal, self._organization(account).policies))
        return self._personal[account]

    def _organization(self, account: str) -> OrganizationLevels:
        if account not in self._levels:
            self._levels[account] = levels = OrganizationLevels.of(self.organization_of(account))
            self._signatures.add_organization(levels.policies)
        return self._levels[account]

    # The users and roles of an account that can be read

    def _account(self, account: str) -> "_Account | Unknown":
        if account not in self._accounts:
            found = self.identities_of(account)
            self._accounts[account] = found if isinstance(found, Unknown) else self._prepared(found)
        return self._accounts[account]

    def _prepared(self, found: AccountIdentities) -> _Account:
        classes = classify(found.identities, self._parser)
        by_name: dict[str, set[int]] = {}
        wide = set[int]()
        for place, one in enumerate(classes.classes):
            reach = reach_of(one.user, OBJECT_ACTIONS)
            if reach.patterns or reach.is_open:
                wide.add(place)
            for name in reach.names:
                by_name.setdefault(name, set()).add(place)
            self._signatures.add_patterns(reach.patterns)
            self._signatures.add_contexts(contexts_of(one.user))
        return _Account(classes, {name: frozenset(of) for name, of in by_name.items()}, frozenset(wide))

    def _grouped(self, account: _Account, case: _Case, *, is_open: bool) -> Grouping:
        """All members, put together once for buckets that nobody and nothing tells apart."""
        is_plain = case.name not in account.by_name and not identities_in(_names_in(case), account.classes)
        key = (case.signature, is_open)
        if is_plain and key in self._grouped_members:
            return self._grouped_members[key].copy()
        grouping = Grouping()
        for judged, without in self._members(account, case, is_open=is_open):
            grouping.add(judged, without)
        grouping = grouping.merged()
        if is_plain:
            self._grouped_members[key] = grouping.copy()
        return grouping

    def _members(
        self, account: _Account, case: _Case, *, is_open: bool
    ) -> Iterator[tuple[Judged, frozenset[str]]]:
        """What was judged, and who of its principals is judged apart."""
        names = _names_in(case)
        named = identities_in(names, account.classes)
        sessions = sessions_in(names)
        for arn in sorted(named):
            for name, user in told_apart(account.classes.by_arn[arn], sessions):
                yield Judged((name,), self._answers(user, case), is_administrator(user)), _NOBODY
        exact = account.by_name.get(case.name, frozenset())
        every = range(len(account.classes.classes))
        for place in every if is_open else sorted(account.wide | exact):
            one = account.classes.classes[place]
            yield from self._of_class(one, account, case, named, is_exact=place in exact)

    def _of_class(
        self, one: IdentityClass, account: _Account, case: _Case, named: frozenset[str], *, is_exact: bool
    ) -> Iterator[tuple[Judged, frozenset[str]]]:
        apart = case.is_personal or self._is_bound_personally(one.user.caller.account or "")
        for members in ((arn,) for arn in one.members) if apart else (one.members,):
            first = next((arn for arn in members if arn not in named), None)
            if first is None:
                continue
            key = (case.signature, id(one), first if apart else "", case.name if is_exact else "")
            if key not in self._shared:
                self._shared[key] = self._answers(account.classes.by_arn[first], case)
            yield Judged(members, self._shared[key], one.is_administrator), named

    def _answers(self, user: BucketUser, case: _Case) -> Answers:
        self.evaluations += 1
        account = user.caller.account
        return judge_user(
            user,
            case.bucket,
            case.under,
            of_user=self._organization(account) if account else OrganizationLevels(),
            of_key=self._organization(case.under.key_account),
            of_bucket=self._organization(case.bucket.account),
            since=self.since,
        )

    # Whom the policies of the bucket name besides

    def _outsider(self, outsider: NamedOutsider, case: _Case) -> Iterator[tuple[Judged, frozenset[str]]]:
        if outsider.owner is PrincipalOwner.SERVICE and outsider.caller:
            user = BucketUser(caller=outsider.caller, keys=RequestContext.of(keys_as_input(outsider)))
            yield Judged((outsider.name,), self._answers(user, case)), _NOBODY
        elif outsider.owner is PrincipalOwner.ANYONE:
            yield self._anyone(outsider, case), _NOBODY
            if outsider.is_unnamed:
                yield from self._strangers(case)
        elif outsider.owner is PrincipalOwner.ORIGIN_ACCESS_IDENTITY:
            yield _origin_access_identity(outsider, case), _NOBODY
        elif outsider.account is None:
            yield _cannot_tell(outsider.name, _why_unknown(outsider), uses=outsider.uses), _NOBODY
        else:
            yield from self._of_other_account(outsider, outsider.account, case)

    def _anyone(self, outsider: NamedOutsider, case: _Case) -> Judged:
        if outsider.is_unnamed:
            why = "a statement allows anyone who meets its conditions"
            return _cannot_tell("*", why, uses=outsider.uses)
        return Judged(("*",), self._answers(BucketUser(caller=Requester(RequesterKind.ANONYMOUS)), case))

    def _strangers(self, case: _Case) -> Iterator[tuple[Judged, frozenset[str]]]:
        """The users and roles of the plan's other accounts, where nobody is named and anybody of them may come."""
        for account in sorted(set(self.accounts_of_plan()) - {case.bucket.account}):
            found = self._account(account)
            if not isinstance(found, Unknown):
                yield from self._members(found, case, is_open=False)

    def _of_other_account(
        self, outsider: NamedOutsider, account: str, case: _Case
    ) -> Iterator[tuple[Judged, frozenset[str]]]:
        found = self._account(account)
        if isinstance(found, Unknown):
            yield self._unread_outsider(outsider, account, case, found), _NOBODY
        elif outsider.caller is None:
            yield from self._members(found, case, is_open=False)
        elif arn := found.classes.arn_of(outsider.caller):
            caller = replace(outsider.caller, arn=arn)
            user = replace(found.classes.by_arn[arn], caller=caller)
            whole = caller.session is None
            for name, one in (
                told_apart(user, sessions_in(_names_in(case))) if whole else [(outsider.name, user)]
            ):
                yield Judged((name,), self._answers(one, case)), _NOBODY
        # Of a user or role that is not there nothing can be lost.

    def _unread_outsider(self, outsider: NamedOutsider, account: str, case: _Case, why: Unknown) -> Judged:
        """Somebody whose own policies nobody reads: what the key says may settle it all the same."""
        some = Requester.some_of(account, case.under.key_arn.split(":")[1])
        user = BucketUser(caller=outsider.caller or some, identity=why, boundary=why)
        answers = dict(self._answers(user, case))
        # What the key alone says of them: with whatever their own account would have to allow.
        by_key = self._answers(with_everything(user), case) if answers else {}
        for use, found in answers.items():
            if found.answer.access is not KeyAccess.CANNOT_TELL:
                continue
            text = by_key[use].answer.why if use in by_key else found.answer.why
            if use in by_key and by_key[use].answer.access in {
                KeyAccess.KEEPS,
                KeyAccess.KEEPS_UNLESS_DENIED,
            }:
                text = f"the key policy allows them, but their own account must allow it, too: {why.why}"
            elif outsider.caller is None and _names_somebody_of(account, case.under):
                text = "the key policy allows only some of them"
            answers[use] = UseAnswer(found.through, KeyAccessAnswer(KeyAccess.CANNOT_TELL, text))
        return Judged((outsider.name,), answers)


def _names_in(case: _Case) -> frozenset[str]:
    return names_in(case.policies, case.under.grants)


def _is_open_to_all(case: _Case, account: str) -> bool:
    """Whether the bucket itself may let users and roles of its account in whose own policies do not speak of it."""
    somebody = Requester(RequesterKind.ROLE, account, f"arn:aws:iam::{account}:role/x")
    for door in case.bucket.doors:
        for policy in () if isinstance(door.policies, Unknown) else door.policies:
            if policy.unread:
                return True
            for statement in policy.statements:
                # Whoever is named by a condition, or comes through an identity provider, is somebody, too.
                found = reaches(statement, somebody)
                is_meant = any(
                    found.get(one, Match.NO) is not Match.NO for one in (Reach.EVERYONE, Reach.SELF)
                )
                if statement.is_allow and is_meant and is_for(statement, door):
                    return True
    return False


def _names_somebody_of(account: str, under: BucketUnderKey) -> bool:
    """Whether the key may let in some of an account: by name, in a grant, or by a condition on who they are."""
    policies = () if isinstance(under.key_policies, Unknown) else under.key_policies
    grants = () if isinstance(under.grants, Unknown) else under.grants
    texts = [*named_principals(policies), *(one.grantee or "" for one in grants)]
    return any(caller_named(text, account) is not None for text in texts) or any(
        statement.is_allow and is_personal_statement(statement)
        for policy in policies
        for statement in policy.statements
    )


def _origin_access_identity(outsider: NamedOutsider, case: _Case) -> Judged:
    """What becomes of CloudFront where it comes with an identity of the older kind (fact C25)."""
    why = "CloudFront with an origin access identity (OAI) does not support SSE-KMS"
    identity = Requester(RequesterKind.USER, _ACCOUNT_OF_CLOUDFRONT, outsider.name)
    uses = uses_of(BucketUser(caller=identity, identity=NOT_READ), case.bucket)
    answer = KeyAccessAnswer(KeyAccess.LOSES, why, is_denied=True)
    return Judged((outsider.name,), {use: UseAnswer(through, answer) for use, through in uses.items()})


_ACCOUNT_OF_CLOUDFRONT = "cloudfront"
"""What stands for the account in the ARN of an origin access identity."""


def _why_unknown(outsider: NamedOutsider) -> str:
    if ":federated-user/" in outsider.name:
        return "a session of sts:GetFederationToken is named, and whose it is cannot be read"
    what = "a principal" if outsider.owner is PrincipalOwner.OTHER else outsider.owner.value
    return f"{what} is named, and its policies are not known"


def _unread(account: str, why: Unknown) -> Judged:
    """The users and roles of an account that nobody could read."""
    return _cannot_tell(account, why.why, "policies that could not be read")


def _cannot_tell(
    name: str, why: str, through: str = "its policy", uses: Collection[KeyUse] = tuple(KeyUse)
) -> Judged:
    answer = UseAnswer(through, KeyAccessAnswer(KeyAccess.CANNOT_TELL, why))
    return Judged((name,), {use: answer for use in KeyUse if use in uses})
