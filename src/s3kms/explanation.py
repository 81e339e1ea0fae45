"""A rule as a text for a person, in Markdown: what `explain` returns, and what the docs are made of."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath

from s3kms.hazards import UNREAD
from s3kms.hazards.interface import Danger, Hazard, HazardExample
from s3kms.model.api_shape import to_api_shape
from s3kms.model.bucket import DIRECTORY_SUFFIX
from s3kms.model.change import Change
from s3kms.model.encryption import NO_CONFIGURATION, SSE_S3, Encryption
from s3kms.model.errors import BadInput
from s3kms.model.keys import KeyForm, KeyReference, problem_of_other_service
from s3kms.model.partitions import partition_of
from s3kms.model.targets import check_region, parse_target
from s3kms.remedies import REMEDIES
from s3kms.remedies.interface import Remedy
from s3kms.rules import encryption_rule_of, find_rule
from s3kms.rules.interface import PLACEHOLDER_KEY, Rule
from s3kms.text.quoting import quote_shell

PLACEHOLDER_BUCKET = "your-bucket-name"
PLACEHOLDER_REGION = "us-east-1"

PLACEHOLDER_ACCOUNT = "123456789012"
_LANGUAGES = {".tf": "hcl", ".yaml": "yaml", ".json": "json", ".sh": "sh"}
_S3_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide"
RESOURCES = (
    f"Amazon S3 Default Bucket Encryption: <{_S3_GUIDE}/bucket-encryption.html>",
    f"Protecting Data Using Server-Side Encryption with KMS: <{_S3_GUIDE}/UsingKMSEncryption.html>",
    f"Reducing the Cost of SSE-KMS with S3 Bucket Keys: <{_S3_GUIDE}/bucket-key.html>",
    "AWS KMS Key Management: <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html>",
)
"""Titles and addresses in AWS's documentation (facts B6, B7, B13, B16)."""


def explain(
    rule: Rule, *, bucket: str | None = None, region: str = PLACEHOLDER_REGION, key: str | None = None
) -> str:
    """The whole text, with the names filled in; of a bucket that is named, the forms that change one that exists."""
    changes = _changes(rule, bucket or PLACEHOLDER_BUCKET, region, key)
    names = {
        PLACEHOLDER_KEY: key or placeholder_key(region),
        "arn:aws:": f"arn:{partition_of(region)}:",
        PLACEHOLDER_BUCKET: bucket or PLACEHOLDER_BUCKET,
        PLACEHOLDER_REGION: region,
    }
    sections = _sections(rule, changes, names, is_existing=bucket is not None)
    return "\n".join(sections).rstrip() + "\n"


def explain_rule(
    rule_id: str, *, bucket: str | None = None, region: str = PLACEHOLDER_REGION, key: str | None = None
) -> str:
    """The text of a rule, with a bucket, a region and a key filled in, ready to paste. Raises BadInput.

    `bucket` is a target that means one bucket: `s3://my-bucket`.
    """
    rule = find_rule(rule_id)
    name = _bucket(bucket, rule) if bucket else None
    return explain(rule, bucket=name, region=check_region(region), key=_key(key))


def explain_hazard(hazard: Hazard) -> str:
    """A hazard as a text: what happens, by what it is seen, what to do about it, and AWS's pages."""
    doc = hazard.doc
    lines = (
        f"# {hazard.title}\n",
        f"Hazard `{hazard.id}`: {hazard.shape.value}.\n",
        f"## What happens\n\n{doc.happens}{'' if doc.is_confirmed else _NOT_CONFIRMED}\n",
        f"## How it is seen\n\n{doc.evidence}\n",
        f"## What to do\n\n{doc.advice[0].upper()}{doc.advice[1:]}.\n",
        _consequence_of(hazard),
        *_hazard_statements(hazard),
        *_hazard_permissions(hazard),
        f"## Examples\n\n{_bullets(_describe_example(one, breaks=hazard.shape.breaks) for one in hazard.examples)}",
        f"## Additional resources\n\nIn AWS's documentation:\n\n{_bullets(doc.sources)}",
    )
    return "\n".join(lines).rstrip() + "\n"


def _hazard_statements(hazard: Hazard) -> Iterator[str]:
    """What a key policy has to say first, as a plan prints it: of the first example that needs something."""
    for example in hazard.examples:
        found = hazard.evaluate(example.bucket, example.switch)
        if isinstance(found, Danger) and found.statements:
            listed = [one.to_policy() for one in found.statements]
            shown = json.dumps(listed[0] if len(listed) == 1 else listed, indent=2)
            yield (
                "## Statements to add\n\nTo the policy of a customer managed key, in the first example; "
                f"`s3kms plan` prints those of a bucket:\n\n{_fenced(shown, 'json')}"
            )
            return


def _hazard_permissions(hazard: Hazard) -> Iterator[str]:
    operations = {operation for fact in hazard.needs for operation in fact.operations}
    actions = sorted({action for operation in operations for action in operation.actions})
    if actions:
        yield f"## Permissions\n\nOf a live bucket that would change: {', '.join(f'`{one}`' for one in actions)}.\n"


_NOT_CONFIRMED = " Not confirmed by AWS: `s3kms` errs on the careful side."


def _consequence_of(hazard: Hazard) -> str:
    if not hazard.shape.breaks:
        return "A fix changes such a bucket and says so: nothing breaks. A plan calls it ready as far as that goes.\n"
    return (
        "A fix leaves such a bucket alone, says why, and ends with exit code 11. To change it all the same, accept "
        f"`{hazard.id}` by name; where a fact could not be read, accept `{UNREAD}`. The journal keeps it.\n"
    )


def _describe_example(example: HazardExample, *, breaks: bool) -> str:
    said = "skipped" if breaks else "said, and changed"
    what = {True: said, False: "no hazard", None: "cannot be told, and is skipped"}
    return f"{example.title}: {what[example.is_danger]}"


def _changes(rule: Rule, bucket: str, region: str, key: str | None) -> list[tuple[str, Change]]:
    """The changes to show: with the key that was named; else with aws/s3, and with a customer managed key."""
    if rule.compliant_encryption is None:
        return []
    change = Change(bucket, "", region, NO_CONFIGURATION, rule.compliant_encryption)
    if key is not None:
        return [("", replace(change, after=replace(rule.compliant_encryption, key=key)))]
    placeholder = replace(change, after=replace(rule.compliant_encryption, key=placeholder_key(region)))
    if rule.compliant_encryption.key is not None:
        return [("", placeholder)]
    custom = placeholder
    return [("With the AWS managed key (aws/s3):", change), ("With a customer managed key:", custom)]


def placeholder_key(region: str) -> str:
    """The ARN of a key that somebody puts their own in the place of, in the bucket's region and partition."""
    arn = PLACEHOLDER_KEY.replace("arn:aws:", f"arn:{partition_of(region)}:")
    return arn.replace(PLACEHOLDER_REGION, region)


def _describe_state(rule: Rule) -> str:
    if rule.is_default:
        return "on"
    return "on for code and off for a live account" if rule.asks_for_kms else "off"


def _sections(
    rule: Rule, changes: list[tuple[str, Change]], names: Mapping[str, str], *, is_existing: bool
) -> Iterator[str]:
    doc = rule.doc
    yield f"# {rule.title}\n"
    yield f"Rule `{rule.id}`, severity {rule.severity.value}, {_describe_state(rule)} by default.\n"
    yield f"## Overview\n\n{doc.overview}\n"
    yield f"## Risk\n\nWithout it:\n\n{_bullets(doc.risk)}"
    yield f"## When not to\n\n{_bullets(doc.exceptions)}"
    yield f"## Remediation\n\n{doc.remedy}\n"
    if doc.commands:
        yield _fenced(_filled(doc.commands, names), "sh")
    yield from _remediation(changes, is_existing=is_existing)
    yield f"## Verification\n\n{doc.verification}\n"
    if doc.verification_commands:
        yield _fenced(_filled(doc.verification_commands, names), "sh")
    if changes:
        yield from _verification(changes[-1][1])
    if doc.notes:
        yield f"## Notes\n\n{_bullets(doc.notes)}"
    yield f"## Permissions\n\nTo check: {', '.join(f'`{action}`' for action in rule.permissions)}.\n"
    if rule.compliance:
        lines = [f"{r.framework}: {', '.join(r.ids)} (by {r.by})" for r in rule.compliance]
        yield f"## Compliance\n\n{_bullets(lines)}"
    yield f"## Additional resources\n\nIn AWS's documentation:\n\n{_bullets(RESOURCES)}"


def _filled(commands: str, names: Mapping[str, str]) -> str:
    """The commands with each placeholder filled once: what was filled in is not looked through again."""
    wanted = re.compile("|".join(map(re.escape, names)))
    return wanted.sub(lambda found: quote_shell(names[found[0]]), commands)


def _remediation(changes: list[tuple[str, Change]], *, is_existing: bool) -> Iterator[str]:
    if not changes:
        return
    yield (
        "You need `s3:PutEncryptionConfiguration` on the bucket, and `kms:DescribeKey` to look at a customer "
        "managed key first. The AWS CLI needs credentials: `aws configure`.\n"
    )
    for form in REMEDIES:
        yield f"### {form.title}\n"
        if form.note:
            yield f"{form.note}\n"
        if is_existing and form.render_new_bucket:
            yield from _import(form, changes)
            continue
        for text, change in _distinct(form, changes):
            yield f"{text}\n" if text else ""
            yield _fenced(form.render(change), form.language)
        for _, change in changes if form.render_commands else ():
            yield _fenced(form.render_commands(change) if form.render_commands else "", "sh")


def _import(form: Remedy, changes: list[tuple[str, Change]]) -> Iterator[str]:
    """The files of a form that take a bucket over that exists, and change it: its plain code would make one."""
    yield (
        f"The bucket exists, so it is imported. Write the number of its account for {PLACEHOLDER_ACCOUNT}. That it "
        "has SSE-S3 now is presumed: a fix in this form reads what it has, and writes the other parts back.\n"
    )
    shown: dict[str, str] = {}
    for text, change in changes:
        files = form.render_files(
            [replace(change, account=PLACEHOLDER_ACCOUNT, before=Encryption(SSE_S3, bucket_key=False))]
        )
        others = [file for file in files.files if shown.get(file.name) != file.text]
        instead = f"{text.removesuffix(':')}, these in place of the files of the same name:"
        yield f"{instead if shown else text}\n" if text else ""
        for file in others:
            yield f"`{file.name}`:\n"
            yield _fenced(file.text, _LANGUAGES.get(PurePath(file.name).suffix, ""))
        if not shown:
            yield _bullets(step for step in files.steps if isinstance(step, str))
        shown |= {file.name: file.text for file in files.files}


def _distinct(form: Remedy, changes: list[tuple[str, Change]]) -> list[tuple[str, Change]]:
    """A form whose text takes the key as a parameter is shown once."""
    if len({form.render(change) for _, change in changes}) == 1:
        return [("", changes[0][1])]
    return changes


def _verification(change: Change) -> Iterator[str]:
    for form in REMEDIES:
        if form.render_proof:
            yield f"### {form.title}\n"
            yield _fenced(form.render_proof(change), form.language)
    expected = json.dumps({"ServerSideEncryptionConfiguration": to_api_shape(change.after)}, indent=2)
    yield f"The answer should show:\n\n{_fenced(expected, 'json')}"


def _fenced(text: str, language: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```\n" if language else text


def _bullets(lines: Iterable[str]) -> str:
    return "".join(f"- {line}\n" for line in lines)


def _bucket(text: str, rule: Rule) -> str:
    target = parse_target(text)
    if target.kind is not None and target.kind not in rule.kinds:
        raise BadInput(
            f"{text!r} is a {target.kind} bucket, and rule {rule.id} is not about those",
            advice=f"name {encryption_rule_of(target.kind).id}",
        )
    if target.is_glob:
        raise BadInput(
            f"{text!r} is a pattern; an explanation is about one bucket", advice="write s3://my-bucket"
        )
    if target.pattern.endswith(DIRECTORY_SUFFIX):
        raise BadInput(
            f"{text!r} is a directory bucket; this text is about general purpose buckets",
            advice="a directory bucket takes one customer managed key, for its lifetime, and no aws/s3",  # fact A20
        )
    return target.pattern


def _key(text: str | None) -> str | None:
    reference = KeyReference.named(text)
    if reference.form is KeyForm.OTHER_SERVICE:
        why, remedy = problem_of_other_service(reference.alias or "")
        raise BadInput(why, advice=remedy)
    if reference.form is KeyForm.MALFORMED:
        raise BadInput(
            f"{text!r} is not a reference to a KMS key", advice="write an ARN, an id, alias/NAME or aws/s3"
        )
    return None if reference.form is KeyForm.AWS_MANAGED else text
