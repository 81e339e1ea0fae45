"""Texts that attack a page, a terminal or a reader: for estates whose every string is one of them."""

from datetime import UTC, datetime

from s3kms.model.access import AccessGroup, KeyAccess, KeyUse
from s3kms.model.advice import Advice, Sentence
from s3kms.model.bucket import Evidence
from s3kms.model.encryption import SSE_KMS, Encryption, KeyKind
from s3kms.model.findings import Finding, Verdict
from s3kms.model.object_summary import Dimension, EvidenceCoverage, Group, KeyStanding, ObjectSummary, Tally
from s3kms.model.objects import ObjectVersion
from s3kms.model.place import Place
from s3kms.model.plan import (
    PlanCause,
    PlanClass,
    PlanEvent,
    PlannedAccess,
    PlannedBucket,
    PlannedHazard,
    PlannedWave,
    PlanSummary,
)
from s3kms.model.scan_context import Severity
from s3kms.model.unknown import Unknown, UnknownCause

_RUN = "document.title='attacked';alert(1)"
ATTACKS = (
    f"</script><script>{_RUN}</script>",
    f"<!--<script>{_RUN}</script>",
    f']</script><img src=x onerror="{_RUN}">',
    f'"><svg onload="{_RUN}">',
    f"' onmouseover='{_RUN}' autofocus onfocus='{_RUN}",
    f"javascript:{_RUN}//",
    f"</style><style>*{{background:url(http://127.0.0.1:9/)}}</style><body onload={_RUN}>",
    f"</title><base href=http://127.0.0.1:9/><iframe srcdoc='<script>{_RUN}</script>'>",
    "{{ 7 * 7 }}{% raw %}${7*7}{# x #}",
    "line\u2028separator\u2029and\u0085next\x00nul\x1b[31mred",
    "\u202egnp.exe\u2066right\u2069\u200bto left\ufeff",
    "\ud800 half a pair, __proto__, constructor, $& $1 $`",
    "\\u003cscript\\u003e\\\\\\",
    "&lt;b&gt;&amp;&#x3c;script&#x3e;",
    "W" * 50_000,
    "<b>" * 17_000,
)
"""Each wants to run something, to load something, to hide something, or to take all the room."""


def hostile_finding(text: str, verdict: Verdict = Verdict.FAIL) -> Finding:
    """A finding whose every text is this one."""
    unknown = Unknown(UnknownCause.DENIED, text, Advice(text), text, text)
    return Finding(
        rule=text,
        severity=Severity.HIGH,
        verdict=verdict,
        bucket=text,
        message=text,
        advice=Advice(text),
        account=text,
        region=text,
        arn=text,
        resource=text,
        places=(Place(text, 1), Place(text)),
        encryption=Encryption(SSE_KMS, text, True, (text,)),
        key_kind=KeyKind.UNKNOWN,
        evidence=Evidence(text, text, datetime(2026, 11, 23, 12, tzinfo=UTC)),
        unknown=unknown if verdict is Verdict.UNKNOWN else None,
    )


def hostile_findings() -> list[Finding]:
    """One finding of each verdict for every attack."""
    return [hostile_finding(text, verdict) for text in ATTACKS for verdict in Verdict]


def hostile_plan(text: str, plan_class: PlanClass) -> list[PlanEvent]:
    """A plan that has the text in every place that foreign text comes to."""
    statement = {"Sid": text, text: [text]}
    advice = Advice("{it}", {"it": text})
    hazard = PlannedHazard("website", text, advice, plan_class, text, (statement,))
    planned = PlannedBucket(
        text,
        text,
        text,
        plan_class,
        Encryption(text),
        Encryption(SSE_KMS, text),
        (hazard, hazard),
        text,
        text,
        (AccessGroup(KeyAccess.LOSES, (KeyUse.READ,), text, text, (text,)),),
        owner=text,
        tags={text: text},
        place=text,
        wave=1,
        digests={"policy": "0" * 32},
    )
    sentence = Sentence("{it}", {"it": text})
    cause = PlanCause(plan_class, "website", text, advice, (statement,), 3, (text, text))
    summary = PlanSummary(
        {plan_class: 1},
        (cause,),
        (PlannedWave(1, text, 1),),
        accounts=2,
        unlisted=(sentence,),
        missing=(text,),
        notes=(sentence,),
        questions=(text,),
        cost_notes=(text,),
        monthly_cost=(1.0, 2.0),
        access=(PlannedAccess(KeyAccess.LOSES, text, text, 2, 1, (text,)),),
    )
    return [planned, summary]


def hostile_objects(text: str) -> ObjectSummary:
    """The objects of a bucket that has the text in every place that foreign text comes to."""
    version = ObjectVersion(text, text, text, True, etag=text, storage_class=text, key_arn=text)
    groups = (Group(text, Tally(2, 2), Tally(1, 1)), Group(None, Tally(1, 1)))
    note = Sentence("{it}", {"it": text})
    return ObjectSummary(
        EvidenceCoverage(text, True, source=text, bucket=text, missing=(text,), notes=(note,)),
        text,
        Tally(3, 3),
        1,
        dict.fromkeys(KeyStanding, Tally(1, 1)),
        dict.fromkeys(Dimension, groups),
        groups,
        (version, version),
        notes=(note,),
    )
