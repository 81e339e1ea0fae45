"""What a plan or a state says, and what a check makes of it."""

from typing import Any

from tests.support.terraform_json import SSE, Call, Entry, bucket, config, plan, rule, state, state_file

AWS_KEY, OWN_KEY, SSE_S3 = "aws:kms aws-managed", "aws:kms customer-managed", "AES256"
B, D = "aws_s3_bucket.b", "aws_s3_directory_bucket.d"
T = "aws_s3tables_table_bucket.t"
ID = (f"{B}.id", B)
KEY = Entry("aws_kms_key.k", {"enable_key_rotation": True}, {"arn": True, "id": True})
KEY_REFS = {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]}
ARN = "arn:aws:kms:eu-central-1:111122223333:key/0123abcd-0123-0123-0123-0123456789ab"
DEFAULT = "apply_server_side_encryption_by_default"


def unknown(*parts: str) -> Any:
    return [{DEFAULT: [dict.fromkeys(parts, True)]}]


def code(**parts: Any) -> dict[str, Any]:
    return {"rule": [{DEFAULT: [parts]}]}


def keyed(refs: Any, **more: Any) -> Entry:
    return config(
        f"{SSE}.b",
        *ID,
        rules=rule(key=None),
        unknown_rule=unknown("kms_master_key_id"),
        code=code(kms_master_key_id=refs),
        **more,
    )


def each(kind: str, keys: str = "ab", module: str = "", **more: Any) -> list[Entry]:
    make = bucket if kind == "bucket" else config
    name = "aws_s3_bucket.b" if kind == "bucket" else f"{SSE}.b"
    of = more.pop("of", ())
    return [make(f'{module}{name}["{key}"]', *of, **more) for key in keys]


def mixed(of: tuple[str, ...], for_each: tuple[str, ...] = (), keys: str = "ab") -> list[Entry]:
    """Configurations that are not alike."""
    algorithms = {"a": "aws:kms", "b": SSE_S3, "0": "aws:kms", "1": SSE_S3}
    return [config(f'{SSE}.b["{key}"]', *of, rules=rule(algorithms[key]), for_each=for_each) for key in keys]


def tables(default: Any) -> dict[str, Any]:
    """The one attribute of a table bucket that says it."""
    return {"encryption_configuration": default}


EACH_A, EACH_B = f'{B}["a"]', f'{B}["b"]'
LIVE = {"bucket": "b", "id": "b", "region": "eu-central-1", "arn": "arn:aws:s3:::b"}
MIRROR = {"server_side_encryption_configuration": [rule()]}
MIRROR_AES = {"server_side_encryption_configuration": [rule("AES256")]}
IN = Call({"bucket": ID})
IN_M = f"module.m.{SSE}.b"

# Title, document, and of each bucket: algorithm, kind of key, bucket key, blocked; or ? and a word of the reason.
TABLE: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    # what the rule says
    ("no configuration", plan(bucket()), {B: SSE_S3}),
    ("SSE-KMS", plan(bucket(), config(f"{SSE}.b", *ID)), {B: AWS_KEY}),
    ("SSE-S3", plan(bucket(), config(f"{SSE}.b", *ID, rules=rule("AES256"))), {B: SSE_S3}),
    (
        "DSSE",
        plan(bucket(), config(f"{SSE}.b", *ID, rules=rule("aws:kms:dsse"))),
        {B: "aws:kms:dsse aws-managed"},
    ),
    ("of tomorrow", plan(bucket(), config(f"{SSE}.b", *ID, rules=rule("aws:backup"))), {B: "aws:backup"}),
    (
        "bucket key",
        plan(bucket(), config(f"{SSE}.b", *ID, rules=rule(bucket_key_enabled=True))),
        {B: "aws:kms aws-managed bucket-key"},
    ),
    (
        "SSE-C blocked",
        plan(bucket(), config(f"{SSE}.b", *ID, rules=rule(blocked_encryption_types=["SSE-C"]))),
        {B: "aws:kms aws-managed SSE-C"},
    ),
    (
        "a rule of blocked types alone",
        plan(bucket(), config(f"{SSE}.b", *ID, rules=rule(None, blocked_encryption_types=["SSE-C"]))),
        {B: "None SSE-C"},
    ),
    (
        "two rules",
        plan(bucket(), config(f"{SSE}.b", *ID, rules={"rule": [{}, {}]})),
        {B: "?2 encryption rules"},
    ),
    ("no rule", plan(bucket(), config(f"{SSE}.b", *ID, rules={})), {B: "?no encryption rules"}),
    (
        "the algorithm is a list",
        plan(bucket(), config(f"{SSE}.b", *ID, rules={"rule": [{DEFAULT: [{"sse_algorithm": []}]}]})),
        {B: "?no sse_algorithm"},
    ),
    # whose key
    ("alias/aws/s3", plan(bucket(), config(f"{SSE}.b", *ID, rules=rule(key="alias/aws/s3"))), {B: AWS_KEY}),
    ("an ARN", plan(bucket(), config(f"{SSE}.b", *ID, rules=rule(key=ARN))), {B: "aws:kms unknown"}),
    (
        "the ARN of a key in the code",
        plan(bucket(), config(f"{SSE}.b", *ID, rules=rule(key=ARN)), Entry("aws_kms_key.k", {"arn": ARN})),
        {B: OWN_KEY},
    ),
    ("a key made with it", plan(bucket(), KEY, keyed(KEY_REFS)), {B: OWN_KEY}),
    (
        "an alias made with it",
        plan(
            bucket(),
            Entry("aws_kms_alias.k"),
            keyed({"references": ["aws_kms_alias.k.arn", "aws_kms_alias.k"]}),
        ),
        {B: OWN_KEY},
    ),
    (
        "a key of a module",
        plan(
            bucket(),
            Entry("module.k.aws_kms_key.k"),
            keyed({"references": ["module.k.arn", "module.k"]}),
            calls={"k": Call(outputs={"arn": ["aws_kms_key.k.arn", "aws_kms_key.k"]})},
        ),
        {B: OWN_KEY},
    ),
    (
        "a key or a variable",
        plan(bucket(), KEY, keyed({"references": ["var.key", "aws_kms_key.k.arn", "aws_kms_key.k"]})),
        {B: OWN_KEY},
    ),
    (
        "a key from elsewhere",
        plan(bucket(), keyed({"references": ["data.aws_ssm_parameter.k.value"]})),
        {B: "aws:kms unknown"},
    ),
    ("a key in a local", plan(bucket(), KEY, keyed({"references": ["local.key"]})), {B: "aws:kms unknown"}),
    # what only the apply tells
    (
        "the algorithm",
        plan(
            bucket(),
            config(
                f"{SSE}.b",
                *ID,
                rules=rule(None),
                unknown_rule=unknown("sse_algorithm"),
                code=code(sse_algorithm={"references": ["terraform_data.x.output", "terraform_data.x"]}),
            ),
        ),
        {B: "?terraform_data.x.output"},
    ),
    (
        "the algorithm, through a module",
        plan(
            bucket(),
            config(
                IN_M,
                "var.bucket",
                rules=rule(None),
                unknown_rule=unknown("sse_algorithm"),
                code=code(sse_algorithm={"references": ["var.alg"]}),
            ),
            calls={"m": Call({"bucket": ID, "alg": ["data.x.y.z"]})},
        ),
        {B: "?var.alg, which is data.x.y.z"},
    ),
    (
        "the whole rule",
        plan(bucket(), config(f"{SSE}.b", *ID, rules={}, unknown_rule=True)),
        {B: "?does not show"},
    ),
    (
        "the block",
        plan(bucket(), config(f"{SSE}.b", *ID, rules={"rule": [{}]}, unknown_rule=[{DEFAULT: True}])),
        {B: "?known only after apply"},
    ),
    (
        "the bucket key",
        plan(bucket(), config(f"{SSE}.b", *ID, unknown_rule=[{"bucket_key_enabled": True}])),
        {B: "aws:kms aws-managed bucket-key?"},
    ),
    # by name
    ("by name", plan(bucket(name="bbb"), config(name="bbb")), {B: AWS_KEY}),
    ("by another name", plan(bucket(name="bbb"), config(name="ccc")), {B: SSE_S3, f"{SSE}.b": AWS_KEY}),
    ("by id", plan(Entry(B, {"id": "bbb"}), config(name="bbb")), {B: AWS_KEY}),
    (
        "two that agree",
        plan(bucket(name="bbb"), config(name="bbb"), config(f"{SSE}.c", name="bbb")),
        {B: AWS_KEY},
    ),
    (
        "two that differ",
        plan(bucket(name="bbb"), config(name="bbb"), config(f"{SSE}.c", name="bbb", rules=rule("AES256"))),
        {B: "?the last to be applied wins"},
    ),
    # by reference
    ("by .bucket", plan(bucket(), config(f"{SSE}.b", f"{B}.bucket", B)), {B: AWS_KEY}),
    (
        "another bucket",
        plan(bucket(), bucket("aws_s3_bucket.c"), config(f"{SSE}.b", *ID)),
        {B: AWS_KEY, "aws_s3_bucket.c": SSE_S3},
    ),
    (
        "a choice of two",
        plan(
            bucket(),
            bucket("aws_s3_bucket.c"),
            config(f"{SSE}.b", *ID, "aws_s3_bucket.c.id", "aws_s3_bucket.c"),
        ),
        {B: "?does not show", "aws_s3_bucket.c": "?does not show"},
    ),
    (
        "a choice that does not matter",
        plan(
            bucket(),
            bucket("aws_s3_bucket.c"),
            config(f"{SSE}.b", *ID, "aws_s3_bucket.c.id", "aws_s3_bucket.c", rules=rule("AES256")),
        ),
        {B: SSE_S3, "aws_s3_bucket.c": SSE_S3},
    ),
    ("a local", plan(bucket(), config(f"{SSE}.b", "local.b")), {B: "?local.b"}),
    (
        "a local, elsewhere",
        plan(
            bucket(),
            bucket("aws_s3_bucket.c"),
            config(f"{SSE}.b", "local.b"),
            relevant_attributes=[{"resource": B, "attribute": ["id"]}],
        ),
        {B: "?local.b", "aws_s3_bucket.c": SSE_S3},
    ),
    (
        "a local, and a name that is known",
        plan(bucket(name="bbb", unknown={}), config(f"{SSE}.b", "local.b")),
        {B: SSE_S3, f"{SSE}.b": AWS_KEY},
    ),
    (
        "through the public access block",
        plan(
            bucket(),
            config(
                f"{SSE}.b",
                "aws_s3_bucket_public_access_block.p.bucket",
                "aws_s3_bucket_public_access_block.p",
            ),
            Entry("aws_s3_bucket_public_access_block.p", code={"bucket": {"references": list(ID)}}),
        ),
        {B: AWS_KEY},
    ),
    (
        "through the data source",
        plan(
            bucket(),
            config(f"{SSE}.b", "data.aws_s3_bucket.b.id", "data.aws_s3_bucket.b"),
            Entry(B, code={"bucket": {"references": list(ID)}}, mode="data"),
        ),
        {B: AWS_KEY},
    ),
    ("a data source is not ours", plan(Entry("aws_s3_bucket.x", {"bucket": "xxx"}, mode="data")), {}),
    ("for a bucket that is not ours", plan(config(name="xxx")), {f"{SSE}.b": AWS_KEY}),
    # instances
    ("each.key", plan(*each("bucket"), *mixed((B, "each.key"))), {EACH_A: AWS_KEY, EACH_B: SSE_S3}),
    (
        "each.value as a key",
        plan(*each("bucket"), *mixed((B, "each.value"))),
        {EACH_A: AWS_KEY, EACH_B: SSE_S3},
    ),
    (
        "each.value.id",
        plan(*each("bucket"), *mixed(("each.value.id", "each.value"), (B,))),
        {EACH_A: AWS_KEY, EACH_B: SSE_S3},
    ),
    (
        "other keys, all alike",
        plan(*each("bucket"), *each("config", "xy", of=(B, "each.value"))),
        {EACH_A: AWS_KEY, EACH_B: AWS_KEY},
    ),
    (
        "other keys, not alike",
        plan(*each("bucket", "xy"), *mixed((B, "each.value"))),
        {f'{B}["x"]': "?does not show", f'{B}["y"]': "?does not show"},
    ),
    (
        "fewer than buckets",
        plan(*each("bucket"), *each("config", "a", of=(B, "each.key"))),
        {EACH_A: AWS_KEY, EACH_B: SSE_S3},
    ),
    (
        "one of them",
        plan(*each("bucket"), config(f"{SSE}.b", f"{EACH_A}.id", EACH_A, B)),
        {EACH_A: AWS_KEY, EACH_B: SSE_S3},
    ),
    (
        "count",
        plan(
            bucket(f"{B}[0]"),
            bucket(f"{B}[1]"),
            config(f"{SSE}.b[0]", B, "count.index"),
            config(f"{SSE}.b[1]", B, "count.index", rules=rule("AES256")),
        ),
        {f"{B}[0]": AWS_KEY, f"{B}[1]": SSE_S3},
    ),
    (
        "count of one",
        plan(bucket(f"{B}[0]"), config(f"{SSE}.b[0]", f"{B}[0].id", f"{B}[0]", B)),
        {f"{B}[0]": AWS_KEY},
    ),
    # modules
    ("into a module", plan(bucket(), config(IN_M, "var.bucket"), calls={"m": IN}), {B: AWS_KEY}),
    (
        "out of a module",
        plan(
            bucket(f"module.m.{B}"),
            config(f"{SSE}.b", "module.m.id", "module.m"),
            calls={"m": Call(outputs={"id": ID})},
        ),
        {f"module.m.{B}": AWS_KEY},
    ),
    (
        "out of one, into another",
        plan(
            bucket(f"module.m.{B}"),
            config(f"module.e.{SSE}.b", "var.bucket"),
            calls={"m": Call(outputs={"id": ID}), "e": Call({"bucket": ["module.m.id", "module.m"]})},
        ),
        {f"module.m.{B}": AWS_KEY},
    ),
    (
        "within a module",
        plan(bucket(f"module.m.{B}"), config(IN_M, *ID), bucket()),
        {f"module.m.{B}": AWS_KEY, B: SSE_S3},
    ),
    (
        "instances of a module",
        plan(
            bucket(f'module.m["a"].{B}'),
            bucket(f'module.m["b"].{B}'),
            config(f"{SSE}.b", 'module.m["a"].id', 'module.m["a"]', "module.m"),
            calls={"m": Call(outputs={"id": ID})},
        ),
        {f'module.m["a"].{B}': AWS_KEY, f'module.m["b"].{B}': SSE_S3},
    ),
    (
        "each.key of a module",
        plan(
            bucket(f'module.m["a"].{B}'),
            bucket(f'module.m["b"].{B}'),
            *mixed(("module.m", "each.key")),
            calls={"m": Call(outputs={"id": ID, "region": ["data.aws_region.r.name"]})},
        ),
        {f'module.m["a"].{B}': "?does not show", f'module.m["b"].{B}': "?does not show"},
    ),
    (
        "each.key of a module of one output",
        plan(
            bucket(f'module.m["a"].{B}'),
            bucket(f'module.m["b"].{B}'),
            *mixed(("module.m", "each.key")),
            calls={"m": Call(outputs={"id": ID})},
        ),
        {f'module.m["a"].{B}': AWS_KEY, f'module.m["b"].{B}': SSE_S3},
    ),
    (
        "the keys of a call",
        plan(
            *each("bucket"),
            config(f'module.e["a"].{SSE}.b', "var.bucket"),
            calls={"e": Call({"bucket": [B, "each.key"]})},
        ),
        {EACH_A: AWS_KEY, EACH_B: SSE_S3},
    ),
    (
        "the for_each of a call",
        plan(
            *each("bucket"),
            config(f'module.e["a"].{SSE}.b', "var.bucket"),
            calls={"e": Call({"bucket": ["each.value.id", "each.value"]}, for_each=[B])},
        ),
        {EACH_A: AWS_KEY, EACH_B: SSE_S3},
    ),
    (
        "a map of outputs",
        plan(
            *each("bucket", module="module.m."),
            config(f"{SSE}.b", 'module.m.ids["a"]', "module.m.ids", "module.m"),
            calls={"m": Call(outputs={"ids": [B]})},
        ),
        {f"module.m.{EACH_A}": AWS_KEY, f"module.m.{EACH_B}": SSE_S3},
    ),
    (
        "a local in a module reaches no other",
        plan(bucket(f"module.a.{B}"), bucket(f"module.m.{B}"), config(IN_M, "local.b")),
        {f"module.a.{B}": SSE_S3, f"module.m.{B}": "?local.b"},
    ),
    (
        "a module in a module",
        plan(
            bucket(f"module.m.module.n.{B}"),
            config(IN_M, "module.n.id", "module.n"),
            calls={"m": Call(), "m.n": Call(outputs={"id": ID})},
        ),
        {f"module.m.module.n.{B}": AWS_KEY},
    ),
    # what goes and what stays
    ("destroyed", plan(bucket(name="bbb", actions=("delete",))), {}),
    (
        "its configuration destroyed",
        plan(
            Entry(B, {"bucket": "bbb", **MIRROR}),
            Entry(f"{SSE}.b", {"bucket": "bbb", **rule()}, actions=("delete",)),
        ),
        {B: SSE_S3},
    ),
    ("its configuration forgotten", plan(Entry(B, {"bucket": "bbb", **MIRROR})), {B: AWS_KEY}),
    ("replaced", plan(bucket(actions=("delete", "create")), config(f"{SSE}.b", *ID)), {B: AWS_KEY}),
    ("with an error", plan(bucket(), errored=True), {B: SSE_S3}),
    # provider 3
    ("inline", plan(bucket(inline=rule())), {B: AWS_KEY}),
    ("inline SSE-S3", plan(bucket(inline=rule("AES256"))), {B: SSE_S3}),
    (
        "inline, algorithm unknown",
        plan(
            bucket(
                inline=rule(None),
                code={
                    "server_side_encryption_configuration": [
                        {"rule": [{DEFAULT: [{"sse_algorithm": {"references": ["data.a.b.c"]}}]}]}
                    ]
                },
                unknown={"server_side_encryption_configuration": [{"rule": unknown("sse_algorithm")}]},
            )
        ),
        {B: "?data.a.b.c"},
    ),
    # table buckets
    ("table bucket", plan(Entry(T, {"name": "t", **tables(None)})), {T: SSE_S3}),
    ("table bucket with SSE-S3", plan(Entry(T, tables({"sse_algorithm": "AES256"}))), {T: SSE_S3}),
    (
        "table bucket with a key",
        plan(Entry(T, tables({"sse_algorithm": "aws:kms", "kms_key_arn": ARN}))),
        {T: "aws:kms unknown"},
    ),
    (
        "table bucket with a key of the code",
        plan(
            Entry(
                T,
                tables({"sse_algorithm": "aws:kms"}),
                tables({"kms_key_arn": True}),
                {"encryption_configuration": KEY_REFS},
            ),
            KEY,
        ),
        {T: OWN_KEY},
    ),
    (
        "table bucket with an algorithm of tomorrow",
        plan(Entry(T, tables({"sse_algorithm": "aws:new", "kms_key_arn": ARN}))),
        {T: "?no default encryption that S3 Tables takes"},
    ),
    (
        "table bucket without a key",
        plan(Entry(T, tables({"sse_algorithm": "aws:kms", "kms_key_arn": None}))),
        {T: "?no default encryption that S3 Tables takes"},
    ),
    (
        "table bucket with an algorithm that is known after apply",
        plan(Entry(T, tables({}), tables({"sse_algorithm": True}))),
        {T: "?known only after apply"},
    ),
    (
        "table bucket with a default that is known after apply",
        plan(Entry(T, {}, tables(True))),
        {T: "?known only after apply"},
    ),
    (
        "table bucket in a state",
        state(Entry(T, {"name": "t", **tables({"sse_algorithm": "AES256"})})),
        {T: SSE_S3},
    ),
    # directory buckets
    ("directory bucket", plan(Entry(D, {"bucket": "d--euc1-az1--x-s3"})), {D: SSE_S3}),
    (
        "directory bucket with a key",
        plan(
            Entry(D, {"bucket": "d--euc1-az1--x-s3"}), config(name="d--euc1-az1--x-s3", rules=rule(key=ARN))
        ),
        {D: "aws:kms unknown bucket-key"},
    ),
    # states
    ("state: SSE-KMS", state(Entry(B, {**LIVE, **MIRROR_AES}), config(name="b")), {B: AWS_KEY}),
    ("state: the mirror", state(Entry(B, {**LIVE, **MIRROR})), {B: AWS_KEY}),
    ("state: the mirror says SSE-S3", state(Entry(B, {**LIVE, **MIRROR_AES})), {B: SSE_S3}),
    ("state: nothing", state(Entry(B, LIVE)), {B: SSE_S3}),
    (
        "state: a key of the code",
        state(Entry(B, LIVE), config(name="b", rules=rule(key=ARN)), Entry("aws_kms_key.k", {"arn": ARN})),
        {B: OWN_KEY},
    ),
    (
        "state: a module",
        state(Entry(f'module.m["a"].{B}', LIVE), config(f'module.m["a"].{SSE}.b', name="b")),
        {f'module.m["a"].{B}': AWS_KEY},
    ),
    ("state: empty", state(), {}),
    ("file: SSE-KMS", state_file(Entry(B, LIVE), config(name="b")), {B: AWS_KEY}),
    (
        "file: an instance of a module",
        state_file(Entry(f'module.m["a"].{B}["x"]', LIVE), config(name="b")),
        {f'module.m["a"].{B}["x"]': AWS_KEY},
    ),
    ("file: a count", state_file(Entry(f"{B}[1]", LIVE)), {f"{B}[1]": SSE_S3}),
    ("file: data", state_file(Entry(B, LIVE, mode="data")), {}),
    # files that are none
    ("an encrypted state", {"encrypted_data": "c2VjcmV0", "lineage": "l", "version": 4}, {"": "?encrypted"}),
    (
        "an old state",
        {"version": 3, "terraform_version": "0.11.0", "lineage": "l", "modules": []},
        {"": "?a version other than 4"},
    ),
    (
        "a plan of odd values",
        {"terraform_version": "1", "planned_values": []},
        {"": "?planned_values is a list"},
    ),
    (
        "a change of odd values",
        {"terraform_version": "1", "planned_values": {}, "resource_changes": {"a": 1}},
        {"": "?resource_changes is an object"},
    ),
]
