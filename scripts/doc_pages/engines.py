"""The page about engines that re-encrypt objects, of the prices and limits that estimates are made from."""

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

What it costs to bring that many current objects under a key, which are under SSE-S3 in S3 Standard, with a bucket
key, and how long it takes at least. `s3kms objects` says it of the objects that are there. `batch` costs more, and
needs no process of yours that runs; `copy` is for what the other two cannot do (objects that were never encrypted,
DSSE-KMS). In a bucket that keeps versions a copy leaves the old ones, which are charged every month.

| objects | `update` | time | `batch` | time | `copy` | time | to begin with |
| --: | --: | --: | --: | --: | --: | --: | --- |
{sizes}
What limits the time, and what is not known:

{limits}{notes}
## Prices

Of {prices.region}, {prices.as_of}, in US dollars. [Facts about AWS](facts.md) D26 and D36 to D38 have their sources;
"one source" means that no second one confirms the row.

| storage class | 1,000 writes | GB a month | GB read | least days | 1,000 restores | GB restored | |
| --- | --: | --: | --: | --: | --: | --: | --- |
{classes}
1,000 GET or HEAD cost ${prices.reads_per_1000}, 10,000 requests of KMS ${prices.kms_per_10000}, a job of S3 Batch
Operations ${prices.batch_job} and ${prices.batch_per_million:g} for a million objects, a TB scanned by Athena
${prices.athena_per_tib:g}. UpdateObjectEncryption costs a write of S3 Standard in every class.
"""


def _size_row(row: SizeRow) -> str:
    cells = "".join(
        f" {dollars_text(one.dollars)} | {'not known' if one.seconds is None else duration_text(one.seconds)} |"
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
