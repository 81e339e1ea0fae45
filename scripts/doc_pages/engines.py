"""The page about the engines that re-encrypt objects, with the prices and limits behind the estimates."""

from scripts.doc_pages.page import NOTE

from s3kms.objects.cost import EstimateConditions
from s3kms.objects.engine_sizes import SizeRow, engines_by_size
from s3kms.objects.estimate import estimate_notes
from s3kms.objects.prices import OBJECT_PRICES, StorageClassPrices
from s3kms.text.amounts import dollars_text, duration_text


def engines_page() -> str:
    """The table which engine is for which size, and the table of prices that it is made from."""
    prices = OBJECT_PRICES
    conditions = EstimateConditions(bucket_key=True, region=prices.region, is_versioned=False)
    rows = engines_by_size(conditions)
    sizes = "".join(_size_row(row) for row in rows)
    classes = "".join(_class_row(name, one) for name, one in prices.classes.items())
    limits = "".join(f"- `{one.engine}`: {'; '.join((one.limit, *one.notes))}\n" for one in rows[0].estimates)
    notes = "".join(f"- {note}\n" for note in estimate_notes(conditions))
    return f"""{NOTE}# Which engine for which size

The cost of re-encrypting this many current objects, under SSE-S3 in S3 Standard, with a KMS key and a bucket key, and
the minimum time that it takes. `s3kms objects` estimates both for the objects of a bucket. `batch` costs more, and
needs no running process of yours; `copy` is for what the other two cannot do (objects that were never encrypted,
DSSE-KMS). In a versioned bucket, a copy keeps the old version, which is charged every month.

| objects | `update` | time | `batch` | time | `copy` | time | recommended |
| --: | --: | --: | --: | --: | --: | --: | --- |
{sizes}
What limits the time, and what is unknown:

{limits}{notes}
## Prices

For {prices.region}, {prices.as_of}, in US dollars. [Facts about AWS](facts.md) D26 and D36 to D38 list the sources;
"one source" means that no second source confirms the row.

| storage class | 1,000 writes | GB-month | GB retrieved | minimum days | 1,000 restores | GB restored | |
| --- | --: | --: | --: | --: | --: | --: | --- |
{classes}
1,000 GET or HEAD requests cost ${prices.reads_per_1000}, 10,000 KMS requests ${prices.kms_per_10000}, a job of
S3 Batch Operations ${prices.batch_job} plus ${prices.batch_per_million:g} per million objects, and a TB scanned by
Athena ${prices.athena_per_tib:g}. UpdateObjectEncryption costs an S3 Standard write in every storage class.
"""


def _size_row(row: SizeRow) -> str:
    cells = "".join(
        f" {dollars_text(one.dollars)} | {'unknown' if one.seconds is None else duration_text(one.seconds)} |"
        for one in row.estimates
    )
    return f"| {row.objects:,} |{cells} `{row.advised}` |\n"


def _class_row(name: str, one: StorageClassPrices) -> str:
    amounts = (one.writes_per_1000, one.gib_month, one.retrieval_per_gib)
    told = " | ".join(f"{amount:g}" if amount else "-" for amount in amounts)
    restores = " | ".join(
        f"{amount:g}" if amount else "-" for amount in (one.restores_per_1000, one.restore_per_gib)
    )
    sure = "" if one.is_confirmed else "one source"
    return f"| {name} | {told} | {one.minimum_days or '-'} | {restores} | {sure} |\n"
