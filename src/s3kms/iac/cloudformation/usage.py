"""What a template, and those it nests, say of the use of their buckets, in every world that they may come out in."""

from collections.abc import Iterator
from dataclasses import replace

from s3kms.iac.budget import BudgetExhausted, within_bounds
from s3kms.iac.cloudformation.buckets import is_resource_made
from s3kms.iac.cloudformation.encryption import properties_of
from s3kms.iac.cloudformation.evaluation import start_resolver
from s3kms.iac.cloudformation.plain_values import PlainValue, plain_properties, text_at, values_at
from s3kms.iac.cloudformation.resolver import Resolver
from s3kms.iac.cloudformation.template import CloudFormationTemplate, TemplateResource
from s3kms.iac.cloudformation.tree import Scalar
from s3kms.iac.cloudformation.usage_readers import (
    ATTACHED_BY_ITSELF,
    BUCKET,
    BUCKET_POLICY,
    KEY_POLICIES,
    NEEDED,
    ROLE,
    Properties,
    address_of,
    find_deliveries,
    find_settings,
)
from s3kms.iac.cloudformation.values import CHECK_DEPLOYED, UNSETTLED
from s3kms.iac.policy_nodes import node_of
from s3kms.iac.usage_index import BucketTarget, FoundUsage, RoleName, RolePolicy, UsageIndex, target_of_text
from s3kms.iac.values import UnknownValue
from s3kms.iac.worlds import TooManyWorlds, World, explore_worlds
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.policy import PartMeaning, PolicyDocument

_PSEUDO = {
    "AWS::AccountId": PartMeaning.OWN_ACCOUNT,
    "AWS::Partition": PartMeaning.PARTITION,
    "AWS::Region": PartMeaning.REGION,
    "AWS::URLSuffix": PartMeaning.DNS_SUFFIX,
}
_MEANINGS = {
    BUCKET: PartMeaning.BUCKET,
    "AWS::CloudFront::CloudFrontOriginAccessIdentity": PartMeaning.ORIGIN_ACCESS_IDENTITY,
    "AWS::IAM::Role": PartMeaning.OWN_PRINCIPAL,
    "AWS::IAM::User": PartMeaning.OWN_PRINCIPAL,
}


class TemplateUsage:
    """The use of the buckets of a template and of those it nests."""

    def __init__(self, root: CloudFormationTemplate) -> None:
        self._root = root
        self._index = UsageIndex()
        self._kinds: dict[str, str] = {}
        self._names: dict[str, set[str]] = {}
        """By the address of a bucket: its names, `${…}` for what is open."""
        resources = list(_resources(root, ()))
        self._kinds = {_address(stacks, one): one.kind for stacks, one in resources}
        try:
            with within_bounds():
                for stacks, resource in resources:
                    if resource.kind in NEEDED:
                        self._explore(stacks, resource)
        except BudgetExhausted as error:
            self._index.unread = error.unknown(CHECK_DEPLOYED)

    def added_to(self, bucket: Bucket) -> Bucket:
        """The bucket, with what it is used for."""
        if bucket.resource is None or bucket.kind is not BucketKind.GENERAL_PURPOSE:
            return bucket
        names = self._names.get(bucket.resource, set())
        targets = [
            BucketTarget(address=bucket.resource),
            *(BucketTarget(name=name) for name in sorted(names)),
        ]
        return replace(bucket, usage=self._index.usage_of(targets))

    def _explore(self, stacks: tuple[str, ...], resource: TemplateResource) -> None:
        """Every world is asked; what only some of them deliver is not certain."""

        def ask(world: World) -> list[FoundUsage]:
            resolver = start_resolver(self._root, world).inside(stacks)
            try:
                return list(self._in_world(resolver, stacks, resource))
            except UNSETTLED:
                return []  # the buckets that it is about say why

        worlds: list[tuple[World, list[FoundUsage]]] = []
        try:
            worlds.extend(explore_worlds(ask))
        except TooManyWorlds as error:
            self._index.unread = error.unknown(CHECK_DEPLOYED)
        self._index.collect([world for _, world in worlds])

    def _in_world(
        self, resolver: Resolver, stacks: tuple[str, ...], resource: TemplateResource
    ) -> Iterator[FoundUsage]:
        if not is_resource_made(resolver, resource):
            return
        kind, address = resource.kind, _address(stacks, resource)
        table = properties_of(resolver, resource)
        if kind == BUCKET and isinstance(name := resolver.field(table, "BucketName"), Scalar | UnknownValue):
            self._names.setdefault(address, set()).add(_canonical(name))
        properties = plain_properties(resolver, table, NEEDED[kind])
        for target, delivery in find_deliveries(kind, address, properties):
            yield FoundUsage(tuple(self._targets_of(target)), delivery)
        if kind == BUCKET:
            for fact in find_settings(address, properties):
                yield FoundUsage((BucketTarget(address=address),), fact)
        if kind == BUCKET_POLICY and (content := properties.get("PolicyDocument")) is not None:
            policy = PolicyDocument(node_of(content, self._explain), address)
            yield FoundUsage(tuple(self._targets_of(properties.get("Bucket"))), policy)
        contents = values_at(properties, *KEY_POLICIES[kind]) if kind in KEY_POLICIES else []
        documents = [PolicyDocument(node_of(content, self._explain), address) for content in contents]
        for document in documents:
            yield FoundUsage((), None, document)
        for of_role in _roles(kind, address, properties, documents):
            yield FoundUsage((), None, of_role=of_role)

    def _targets_of(self, value: PlainValue) -> Iterator[BucketTarget]:
        """The buckets that a value may mean: a name, an ARN, a domain name, or a bucket of the template."""
        if isinstance(value, str):
            yield target_of_text(value)
        if not isinstance(value, UnknownValue):
            return
        for part in value.parts or (value,):
            reference = part.reference if isinstance(part, UnknownValue) else None
            if reference is not None and self._kinds.get(reference.address) == BUCKET:
                yield BucketTarget(address=reference.address)
        yield target_of_text(value.piece)

    def _explain(self, value: UnknownValue) -> tuple[PartMeaning, str, str]:
        """See `iac/policy_nodes.py`."""
        if value.reference is None:
            return _PSEUDO.get(value.symbol, PartMeaning.OTHER), "", ""
        address = value.reference.address
        return _MEANINGS.get(self._kinds.get(address, ""), PartMeaning.OTHER), address, ""


def _roles(
    kind: str, address: str, properties: Properties, documents: list[PolicyDocument]
) -> Iterator[RolePolicy | RoleName]:
    """What a resource says of the policies of roles."""
    found = dict(properties)
    if kind == ROLE:
        yield RoleName(address, text_at(found, "RoleName"))
        for arn in values_at(found, "ManagedPolicyArns"):
            yield RolePolicy(address, address_of(arn) or None)
    named = [*values_at(found, "Roles"), *values_at(found, "RoleName")] if kind in ATTACHED_BY_ITSELF else []
    having = [address] if kind == ROLE else [address_of(one) or text_at(one) for one in named]
    for role in having:
        yield from (RolePolicy(role, document) for document in documents)


def _resources(
    template: CloudFormationTemplate, stacks: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], TemplateResource]]:
    for logical_id, resource in template.resources.items():
        yield stacks, resource
        if logical_id in template.nested:
            yield from _resources(template.nested[logical_id], (*stacks, logical_id))


def _address(stacks: tuple[str, ...], resource: TemplateResource) -> str:
    return ".".join((*stacks, resource.logical_id))


def _canonical(name: Scalar | UnknownValue) -> str:
    return name.text if isinstance(name, Scalar) else name.piece
