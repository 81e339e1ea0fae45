"""Code that is small and takes work or memory without end, and code that is large and ordinary.

`python -m tests.support.attacks [NAME…]` checks each with the command line in a process of its own, and prints the
CPU seconds and the memory that it took.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

MAX_CPU_SECONDS = 10
MAX_MEGABYTES = 500

CONFIGURATION = """
resource "aws_s3_bucket" "b" {
  bucket = "attacked"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = ALGORITHM
    }
  }
}
"""

Files = dict[str, str]
Attack = Callable[[], Files]


def _hcl(algorithm: str, *lines: str) -> Files:
    body = "\n".join(("locals {", *(f"  {line}" for line in lines), "}"))
    return {"main.tf": CONFIGURATION.replace("ALGORITHM", algorithm) + body + "\n"}


def _chain(first: str, step: str, count: int, last: str = "local.s{}") -> Files:
    """`step` has `{}` for the local before."""
    lines = [
        f"s0 = {first}",
        *(f"s{n} = {step.replace('{}', f'local.s{n - 1}')}" for n in range(1, count + 1)),
    ]
    return _hcl(last.replace("{}", str(count)), *lines)


def _template(algorithm: str, other: str = "") -> Files:
    return {
        "t.yaml": f"""AWSTemplateFormatVersion: '2010-09-09'
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault:
              SSEAlgorithm: {algorithm}
{other}"""
    }


def _nested_sub(levels: int, width: int) -> str:
    text = "x"
    for _ in range(levels):
        text = '{"Fn::Sub": ["' + "${a}" * width + '", {"a": ' + (text if text != "x" else '"x"') + "}]}"
    return text


def _nested_join(levels: int, width: int) -> str:
    """By way of anchors: each level names the one before `width` times."""
    lines = ["Metadata:", "  J0: &j0 xxxxxxxx"]
    lines += [
        f"  J{n}: &j{n} {{'Fn::Join': ['', [{', '.join([f'*j{n - 1} '] * width)}]]}}"
        for n in range(1, levels + 1)
    ]
    return "\n".join(lines)


def _conditions(count: int) -> Files:
    lines = ["Parameters:", *(f"  P{n}: {{Type: String}}" for n in range(count)), "Conditions:"]
    lines += ["  C0: {'Fn::Equals': [{Ref: P0}, a]}"]
    lines += [
        f"  C{n}: {{'Fn::Or': [{{'Fn::Equals': [{{Ref: P{n}}}, a]}}, {{Condition: C{n - 1}}}]}}"
        for n in range(1, count)
    ]
    return _template(f"!If [C{count - 1}, AES256, 'aws:kms']", "\n".join(lines))


def _outputs(levels: int) -> Files:
    """Nested stacks whose outputs double what the stack below gives."""
    files = {"s0.yaml": "Resources: {}\nOutputs: {O: {Value: xxxxxxxx}}\n"}
    for n in range(1, levels + 1):
        files[f"s{n}.yaml"] = (
            f"Resources:\n  N: {{Type: 'AWS::CloudFormation::Stack', Properties: {{TemplateURL: s{n - 1}.yaml}}}}\n"
            "Outputs: {O: {Value: !Sub ['${a}${a}${a}${a}${a}${a}${a}${a}', {a: !GetAtt N.Outputs.O}]}}\n"
        )
    return files | _template(
        "!GetAtt N.Outputs.O",
        f"  N: {{Type: 'AWS::CloudFormation::Stack', Properties: {{TemplateURL: s{levels}.yaml}}}}\n",
    )


def _loops(levels: int, turns: int) -> Files:
    inner = "{'B${V0}${V1}${V2}${V3}': {Type: 'AWS::S3::Bucket'}}"
    values = "[" + ",".join(f"v{n}" for n in range(turns)) + "]"
    for n in range(levels):
        inner = f"{{'Fn::ForEach::L{n}': ['V{n}', {values}, {inner}]}}"
    return {
        "t.yaml": f"Transform: AWS::LanguageExtensions\nAWSTemplateFormatVersion: x\nResources: {inner}\n"
    }


def _laughs(key: str, head: str) -> str:
    lines = [head, f"{key}0: &a0 [l,l,l,l,l,l,l,l,l]"]
    lines += [f"{key}{n}: &a{n} [{','.join([f'*a{n - 1} '] * 9)}]" for n in range(1, 9)]
    return "\n".join(lines) + "\n"


def _modules(levels: int, each: int) -> Files:
    files = {f"m{levels}/main.tf": 'resource "aws_s3_bucket" "b" {}\n'}
    for n in range(levels):
        folder = f"m{n}/" if n else ""
        files[f"{folder}main.tf"] = (
            f'module "m" {{\n  source = "{"../" if n else "./"}m{n + 1}"\n  count = {each}\n}}\n'
        )
    return files


def _open_count(count: int) -> Files:
    """Conditions that nothing decides, all of which decide one bucket."""
    lines = [*(f'variable "v{n}" {{}}' for n in range(count)), "locals {"]
    lines += [
        f'  c{n} = var.v{n} == "a" ? "x${{local.c{n + 1}}}" : "y${{local.c{n + 1}}}"' for n in range(count)
    ]
    lines += [f'  c{count} = "z"', "}"]
    return {"main.tf": CONFIGURATION.replace("ALGORITHM", "local.c0") + "\n".join(lines) + "\n"}


def _bombs(number: int, usual: int) -> str:
    """Buckets that take work without end, before others that take none."""
    block = CONFIGURATION.replace('"b"', '"NAME"').replace("aws_s3_bucket.b.id", "aws_s3_bucket.NAME.id")
    bomb = "[for i in range(1000) : [for j in range(1000) : [for k in range(1000) : i + NUMBER]]]"
    bombs = [
        block.replace("NAME", f"bomb{n}").replace("ALGORITHM", f"local.a{n}[0][0][0]")
        + f"locals {{\n  a{n} = {bomb.replace('NUMBER', str(n))}\n}}\n"
        for n in range(number)
    ]
    return "".join(
        [*bombs, *(block.replace("NAME", f"b{n}").replace("ALGORITHM", '"aws:kms"') for n in range(usual))]
    )


_BIG = '[for i in range(1000) : [for j in range(100) : format("%d-%d", i, j)]]'
_HUGE_NUMBERS = 6_000_000

ATTACKS: Mapping[str, Attack] = {
    "regex-of-nested-repeats": lambda: _hcl("local.a", 'a = regex("(?:(?:(?:){1000}){1000}){1000}", "x")'),
    "regex-of-nested-counts": lambda: _hcl("local.a", 'a = regex("(?:(?:(?:x{1000}){1000}){1000})", "x")'),
    "regexall-of-long-text": lambda: _hcl(
        "local.a",
        's = join("", [for i in range(1000) : "aaaaaaaaaaaaaaaaaaaa"])',
        'a = regexall("(a*)*b", local.s)[0]',
    ),
    "replace-by-pattern": lambda: _chain('"aaaaaaaaaa"', 'replace({}, "/a/", "aaaaaaaaaa")', 12),
    "replace-by-empty": lambda: _chain('"ab"', 'replace({}, "", "abababababababab")', 12),
    "replace": lambda: _chain('"aaaaaaaaaa"', 'replace({}, "a", "aaaaaaaaaa")', 12),
    "replace-long-with-longer": lambda: _chain('"aaaaaaaaaa"', 'replace({}, "aaaaa", "aaaaaaaaaaaaaaa")', 60),
    "format": lambda: _chain('"aaaaaaaaaa"', 'format("%s%s%s%s", {}, {}, {}, {})', 40),
    "format-of-widths": lambda: _hcl(
        "local.a", 'a = join("", [for i in range(1000) : format("%09999d", i)])'
    ),
    "formatlist": lambda: _chain('"aaaaaaaaaa"', 'formatlist("%s%s%s", {}, {}, {})', 30, "local.s{}[0]"),
    "join": lambda: _chain('"aaaaaaaaaa"', 'join({}, ["a", "b", "c", "d", "e"])', 40),
    "template": lambda: _chain('"aaaaaaaaaa"', '"${{}}${{}}${{}}${{}}"', 40),
    "jsonencode": lambda: _chain('"\\"\\\\"', "jsonencode({})", 40),
    "yamlencode": lambda: _chain('"a"', "yamlencode([{}, {}, {}, {}])", 30),
    "csvdecode": lambda: _hcl(
        "local.a",
        's = join("\\n", ["a", join("\\n", [for i in range(1000) : join("\\n", range(900))])])',
        "t = csvdecode(local.s)",
        "u = [for i in range(100) : csvdecode(local.s)]",
        "a = local.u[0][0].a",
    ),
    "base64encode": lambda: _chain('"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"', "base64encode({})", 90),
    "urlencode": lambda: _chain('"%%%%%%%%%%%%%%"', 'urlencode(join("", [{}, {}]))', 60),
    "indent": lambda: _chain('"a\\nb\\n"', 'indent(1000, "${{}}${{}}")', 20),
    "strrev-of-long-texts": lambda: _hcl(
        "local.a[0]",
        's = join("", [for i in range(1000) : join("", range(250))])',
        "a = [for i in range(1000) : [for j in range(1000) : strrev(local.s)][0]]",
    ),
    "upper-of-long-texts": lambda: _hcl(
        "local.a[0]",
        's = join("", [for i in range(1000) : join("", range(250))])',
        "a = [for i in range(1000) : upper(local.s)]",
    ),
    "title-of-long-texts": lambda: _hcl(
        "local.a[0]",
        's = join(" ", [for i in range(1000) : join(" ", range(250))])',
        "a = [for i in range(1000) : title(local.s)]",
    ),
    "lists-doubled": lambda: _chain('["a"]', "[{}, {}]", 60, 'join("", flatten(local.s{}))'),
    "concat": lambda: _chain('["a"]', "concat({}, {}, {})", 40, "local.s{}[0]"),
    "flatten": lambda: _chain('["a"]', "flatten([{}, {}, {}])", 40, "local.s{}[0]"),
    "merge": lambda: _hcl(
        'local.a["1"]',
        "m = { for i in range(1000) : i => i }",
        "a = merge([for i in range(1000) : local.m]...)",
        "b = [for i in range(1000) : merge([for j in range(1000) : local.m]...)]",
    ),
    "setproduct": lambda: _hcl(
        "local.a[0][0]",
        "r = [for i in range(300) : tostring(i)]",
        "a = setproduct(local.r, local.r)",
        "b = setproduct(local.a, local.r)",
    ),
    "setproduct-of-sets": lambda: _hcl(
        "tolist(local.a)[0][0]",
        "r = toset([for i in range(300) : tostring(i)])",
        "a = setproduct(local.r, local.r)",
    ),
    "setproduct-of-many": lambda: _hcl(
        "local.a[0][0]",
        "a = setproduct(" + ", ".join(['["a", "b"]'] * 16) + ")",
        "c = [for i in range(100) : [for r in local.a : r]]",
        "d = [for i in range(1000) : toset(local.a)]",
    ),
    "range-in-range": lambda: _hcl(
        "local.a[0][0][0]", "a = [for i in range(1000) : [for j in range(1000) : [for k in range(1000) : i]]]"
    ),
    "range-of-ranges": lambda: _hcl("local.a[0][0]", "a = [for i in range(1000) : range(1000)]"),
    "contains-in-long-list": lambda: _hcl(
        'local.b ? "AES256" : "aws:kms"',
        f"l = flatten({_BIG})",
        'b = alltrue([for i in range(1000) : [for j in range(1000) : contains(local.l, "no")][0]])',
    ),
    "toset-of-long-list": lambda: _hcl(
        "tolist(local.s)[0]",
        f"l = flatten({_BIG})",
        "s = toset(local.l)",
        "t = [for i in range(1000) : toset(local.l)]",
        "u = length(local.t)",
    ),
    "toset-of-objects": lambda: _hcl(
        "tolist(local.s)[0].a",
        'l = flatten([for i in range(200) : [for j in range(200) : { a = "${i}-${j}", b = i }]])',
        "s = toset(local.l)",
    ),
    "distinct-of-objects": lambda: _hcl(
        "local.s[0].a",
        'l = flatten([for i in range(200) : [for j in range(200) : { a = "${i}-${j}", b = i }]])',
        "s = distinct(local.l)",
    ),
    "setintersection": lambda: _hcl(
        "tolist(local.s)[0]",
        'l = flatten([for i in range(200) : [for j in range(200) : "${i}-${j}"]])',
        "s = setintersection(local.l, reverse(local.l))",
    ),
    "setsubtract": lambda: _hcl(
        "tolist(local.s)[0]",
        'l = flatten([for i in range(200) : [for j in range(200) : "${i}-${j}"]])',
        's = setsubtract(local.l, [for x in local.l : upper("x${x}")])',
    ),
    "matchkeys": lambda: _hcl(
        "local.s[0]",
        'l = flatten([for i in range(200) : [for j in range(200) : "${i}-${j}"]])',
        "s = matchkeys(local.l, local.l, reverse(local.l))",
    ),
    "index": lambda: _hcl(
        "local.s[0]",
        'l = flatten([for i in range(200) : [for j in range(200) : "${i}-${j}"]])',
        "s = [for x in local.l : index(local.l, x)]",
    ),
    "sha512-of-long-text": lambda: _hcl(
        "local.a[0]",
        's = join("", [for i in range(1000) : join("", range(250))])',
        "a = [for i in range(1000) : [for j in range(1000) : sha512(local.s)][0]]",
    ),
    "equality-of-lists": lambda: _hcl(
        'local.b ? "AES256" : "aws:kms"',
        f"l = flatten({_BIG})",
        "m = concat(local.l, [])",
        "b = alltrue([for i in range(1000) : local.l == local.m])",
    ),
    "index-of-unknown-key": lambda: {
        "main.tf": CONFIGURATION.replace("ALGORITHM", "local.a")
        + f"""
variable "k" {{}}
locals {{
  l = {_BIG}
  a = join("", [for i in range(1000) : local.l[var.k][0]])
}}
"""
    },
    "symbols-of-large-values": lambda: {
        "main.tf": CONFIGURATION.replace("ALGORITHM", "local.a[0]")
        + """
variable "k" {}
locals {
  x = [for i in range(200) : [for j in range(150) : [for k in range(9) : "${i}-${j}-${k}-${var.k}"]]]
  a = [for i in range(1000) : format("%s", local.x)]
}
"""
    },
    "names-of-deep-values": lambda: _chain('["a"]', "[{}]", 5000, "local.s{}[0]"),
    "deep-values-encoded": lambda: _chain('["a"]', "[{}]", 5000, "jsonencode(local.s{})"),
    "modules-in-modules": lambda: _modules(8, 10),
    "modules-in-modules-wide": lambda: _modules(3, 1000),
    "conditions-that-nothing-decides": lambda: _open_count(400),
    "many-buckets-many-worlds": lambda: {
        "main.tf": "\n".join(
            [f'variable "v{n}" {{ type = bool }}' for n in range(60)]
            + ["locals {", "  c = [" + ", ".join(f"var.v{n} ? 1 : 0" for n in range(60)) + "]", "}"]
            + [
                f'resource "aws_s3_bucket" "b{n}" {{\n  count = sum(local.c) > {n % 50} ? 1 : 0\n}}'
                for n in range(200)
            ]
        )
    },
    "buckets-beside-bombs": lambda: {"main.tf": _bombs(20, 50)},
    "roots-of-bombs": lambda: {f"r{n}/main.tf": _bombs(1, 1) for n in range(100)},
    "templates-of-bombs": lambda: {f"t{n}.yaml": _conditions(60)["t.yaml"] for n in range(100)},
    "list-in-tfvars": lambda: (
        _hcl("var.l[0]")
        | {
            "variables.tf": 'variable "l" {}\n',
            "terraform.tfvars": "l = [" + ",".join(["1000"] * (_HUGE_NUMBERS * 2)) + "]\n",
        }
    ),
    "list-in-tfvars-json": lambda: (
        _hcl("var.l[0]")
        | {
            "variables.tf": 'variable "l" {}\n',
            "terraform.tfvars.json": '{"l": [' + ",".join(["1000"] * (_HUGE_NUMBERS * 2)) + "]}\n",
        }
    ),
    "list-in-tf": lambda: _hcl("local.l[0]", "l = [" + ",".join(["1000"] * (_HUGE_NUMBERS * 2)) + "]"),
    "list-in-tf-json": lambda: (
        _hcl("local.l[0]")
        | {"l.tf.json": '{"locals": {"l": [' + ",".join(["1000"] * (_HUGE_NUMBERS * 2)) + "]}}\n"}
    ),
    "blocks-in-tf": lambda: {"main.tf": 'resource "aws_s3_bucket" "b" {}\n' + "locals {}\n" * 4_000_000},
    "list-in-state": lambda: {
        "s.tfstate": '{"version": 4, "lineage": "l", "terraform_version": "1.9.0", "resources": ['
        + ",".join(["[]"] * (_HUGE_NUMBERS * 3))
        + "]}"
    },
    "list-in-plan": lambda: {
        "plan.json": '{"terraform_version": "1.9.0", "planned_values": {"x": ['
        + ",".join(['{"a":1}'] * (_HUGE_NUMBERS))
        + "]}}"
    },
    "list-in-template": lambda: _template(
        "aws:kms", "Metadata:\n  L: [" + ",".join(["a"] * 20_000_000) + "]\n"
    ),
    "list-in-json-template": lambda: {
        "t.json": '{"AWSTemplateFormatVersion": "x", "Metadata": ['
        + ",".join(["1000"] * (_HUGE_NUMBERS * 2))
        + '], "Resources": {"B": {"Type": "AWS::S3::Bucket"}}}'
    },
    "text-in-template": lambda: _template("aws:kms", "Metadata:\n  L: " + "a" * 60_000_000 + "\n"),
    "list-in-file": lambda: (
        _hcl("local.l[0]", 'l = jsondecode(file("l.txt"))')
        | {"l.txt": "[" + ",".join(["1000"] * (_HUGE_NUMBERS * 2)) + "]"}
    ),
    "list-in-yaml-file": lambda: (
        _hcl("local.l[0]", 'l = yamldecode(file("l.txt"))')
        | {"l.txt": "[" + ",".join(["1000"] * (_HUGE_NUMBERS * 2)) + "]"}
    ),
    "lines-in-csv-file": lambda: (
        _hcl("local.l[0].a", 'l = csvdecode(file("l.txt"))') | {"l.txt": "a\n" + "b\n" * 30_000_000}
    ),
    "split-of-file": lambda: (
        _hcl("local.l[0]", 'l = split("", file("l.txt"))') | {"l.txt": "b\n" * 30_000_000}
    ),
    "laughs-in-yamldecode": lambda: (
        _hcl("local.l.a8[0]", 'l = yamldecode(file("l.txt"))') | {"l.txt": _laughs("a", "b: c")}
    ),
    "laughs-in-template": lambda: {
        "t.yaml": _laughs("M", "AWSTemplateFormatVersion: x\nResources: {B: {Type: 'AWS::S3::Bucket'}}")
    },
    "sub-in-sub": lambda: _template(_nested_sub(7, 10)),
    "sub-in-sub-deep": lambda: _template(_nested_sub(20, 4)),
    "join-of-anchors": lambda: (
        _template("*j12", "")
        and {
            "t.yaml": "AWSTemplateFormatVersion: x\n"
            + _nested_join(12, 9)
            + "\nResources: {B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: *j12 }}}\n"
        }
    ),
    "join-of-join": lambda: {
        "t.yaml": "AWSTemplateFormatVersion: x\n"
        + _nested_join(5, 9)
        + "\nResources: {B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: *j5 }}}\n"
    },
    "conditions-of-a-template": lambda: _conditions(200),
    "outputs-of-nested-stacks": lambda: _outputs(9),
    "loops-in-loops": lambda: _loops(4, 100),
    "split-in-template": lambda: _template("!Select [0, !Split [',', '" + "a," * 30_000_000 + "']]"),
}

ORDINARY: Mapping[str, Attack] = {
    "chain-of-locals": lambda: _chain('"aws:kms"', "{}", 150),
    "long-chain-of-locals": lambda: _chain('"aws:kms"', "{}", 3000),
    "long-template": lambda: {
        "t.yaml": "AWSTemplateFormatVersion: x\nResources:\n"
        + "".join(
            f"  T{n}:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: t{n}\n"
            for n in range(1250)
        )
        + "  B:\n    Type: AWS::S3::Bucket\n"
    },
    "thousand-buckets": lambda: {
        "main.tf": 'resource "aws_s3_bucket" "b" {\n  count = 1000\n  bucket = "b-${count.index}"\n}\n'
        'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n  count = 1000\n'
        "  bucket = aws_s3_bucket.b[count.index].id\n  rule {\n    apply_server_side_encryption_by_default {\n"
        '      sse_algorithm = "aws:kms"\n    }\n  }\n}\n'
    },
    "big-plan": lambda: {
        "plan.json": json.dumps(
            {
                "terraform_version": "1.9.0",
                "planned_values": {
                    "root_module": {
                        "resources": [
                            {
                                "address": f"aws_s3_bucket.b{n}",
                                "mode": "managed",
                                "type": "aws_s3_bucket",
                                "name": f"b{n}",
                                "values": {"bucket": f"b{n}", "tags": {"a": "b" * 2000}},
                            }
                            for n in range(3000)
                        ]
                    }
                },
                "configuration": {"root_module": {}},
            }
        )
    },
}


def write_files(files: Files, folder: Path) -> None:
    """Writes the files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _measure(name: str, attack: Attack) -> tuple[str, bool]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "code"
        write_files(attack(), folder)
        program = str(Path(sys.executable).parent / "s3kms")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": temporary,
            "XDG_STATE_HOME": temporary,
            "COLUMNS": "160",
        }
        wrapped = [
            sys.executable,
            "-c",
            "import os,resource,sys;"
            "resource.setrlimit(resource.RLIMIT_CPU,(20,20));resource.setrlimit(resource.RLIMIT_AS,(2<<30,2<<30));"
            "p=os.spawnv(os.P_WAIT,sys.argv[1],sys.argv[1:]);"
            "print('\\n',p,resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)",
            program,
            "check",
            ".",
            "--format",
            "jsonl",
        ]
        run = subprocess.run(
            wrapped,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    *lines, last = run.stdout.strip().splitlines() or [""]
    code, kilobytes = map(int, last.split())
    is_good = (
        seconds <= MAX_CPU_SECONDS and kilobytes <= MAX_MEGABYTES * 1024 and "Traceback" not in run.stderr
    )
    verdicts = list(_verdicts(lines))
    said = (verdicts[0][1] if verdicts else run.stderr.strip())[:110]
    counts = " ".join(
        f"{sum(v == one for v, _ in verdicts)} {one}" for one in dict.fromkeys(v for v, _ in verdicts)
    )
    mark = "  " if is_good else "!!"
    return (
        f"{mark} {name:34} {seconds:6.1f} s {kilobytes // 1024:5} MB  exit {code:3}  {counts}: {said}",
        is_good,
    )


def _verdicts(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if line.startswith("{") and "verdict" in (found := json.loads(line)):
            yield found["verdict"], found.get("message") or ""


def main(names: list[str]) -> int:
    """Measures the named ones, or all. Returns how many took too much."""
    chosen = {name: attack for name, attack in {**ATTACKS, **ORDINARY}.items() if not names or name in names}
    bad = 0
    for name, attack in chosen.items():
        line, is_good = _measure(name, attack)
        bad += not is_good
        print(line, flush=True)
    print(f"{len(chosen) - bad} of {len(chosen)} within {MAX_CPU_SECONDS} s and {MAX_MEGABYTES} MB")
    return bad


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
