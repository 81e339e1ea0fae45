"""The table, for table buckets and for values of parameters that the user states."""

from tests.support.cases.cloudformation.templates import FREE, IS_PROD, KEY, given, when
from tests.support.templates import ARN, AWS, FAIL, OPEN, OURS, PASS, UNKNOWN, Case, bucket, default

from s3kms.model.encryption import KeyKind
from s3kms.model.findings import Verdict

_TABLES = "AWS::S3Tables::TableBucket"


def tables(properties: str, more: str = "", head: str = "") -> str:
    return bucket(f"TableBucketName: a-table\n{properties}", head, kind=_TABLES, more=more)


def tables_default(algorithm: str, key: str = "") -> str:
    parts = f"SSEAlgorithm: {algorithm}" + (f", KMSKeyArn: {key}" if key else "")
    return f"EncryptionConfiguration: {{{parts}}}"


def table_case(name: str, text: str, verdict: Verdict, kind: KeyKind | None = None, says: str = "") -> Case:
    return Case(f"table bucket, {name}", text, verdict, kind, name="a-table", says=says)


TABLES = (
    table_case("none", tables("").replace("Type: A", "«Type: A"), FAIL),
    table_case("SSE-S3", tables(tables_default("«AES256")), FAIL),
    table_case("SSE-KMS", tables(tables_default("«aws:kms", ARN)), PASS, OPEN),
    table_case(
        "a key of the template", tables(tables_default("aws:kms", "!GetAtt Key.Arn"), KEY), PASS, OURS
    ),
    table_case("no key", tables(tables_default("«aws:kms")), UNKNOWN, says="KMSKeyArn is missing"),
    table_case(
        "DSSE-KMS",
        tables(tables_default("«aws:kms:dsse", ARN)),
        UNKNOWN,
        says="a table bucket does not accept aws:kms:dsse",
    ),
    table_case(
        "an alias", tables(tables_default("aws:kms", "«alias/x")), UNKNOWN, says="not the ARN of a key"
    ),
    table_case("no algorithm", tables(f"«EncryptionConfiguration: {{KMSKeyArn: '{ARN}'}}"), UNKNOWN),
    table_case(
        "a condition",
        tables(
            f"EncryptionConfiguration: !If [IsProd, {{SSEAlgorithm: 'aws:kms', KMSKeyArn: '{ARN}'}}, "
            "!Ref AWS::NoValue]",
            head=IS_PROD,
        ),
        FAIL,
        says="when IsProd is false: ",
    ),
)

_KMS_LIST = '[{"ParameterKey": "P", "ParameterValue": "aws:kms"}]'
_LISTED = "Parameters: {P: {Type: CommaDelimitedList, Default: AES256}}"


def given_case(
    name: str, text: str, file: str = "p.json", head: str = FREE, verdict: Verdict = PASS, *, says: str = ""
) -> Case:
    kind = AWS if verdict is PASS else None
    template = bucket(default("«!Ref P" if "Type: String" in head else "!Select [1, !Ref P]"), head)
    return Case(f"given, {name}", template, verdict, kind, says=says, parameters=text, file=file)


GIVEN = (
    given_case("the list of the AWS CLI", _KMS_LIST),
    given_case("a value that fails", _KMS_LIST.replace("aws:kms", "AES256"), verdict=FAIL),
    given_case(
        "the previous value",
        '[{"ParameterKey": "P", "UsePreviousValue": true}]',
        verdict=UNKNOWN,
        says="keeps",
    ),
    given_case("the input of the AWS CLI", f'{{"StackName": "s", "Parameters": {_KMS_LIST}}}'),
    given_case("a mapping", '{"P": "aws:kms", "Other": 1}'),
    given_case("CodePipeline", '{"Parameters": {"P": "aws:kms"}, "Tags": {"P": "AES256"}}'),
    given_case("YAML", "Parameters:\n  P: aws:kms\n", "p.yaml"),
    given_case(
        "a deployment file of Git sync", "template-file-path: t.yaml\nparameters: {P: 'aws:kms'}\n", "p.yml"
    ),
    given_case("a list of pairs", '["P=aws:kms", "Q=x"]'),
    given_case("a list of pairs in words", '["ParameterKey=P,ParameterValue=aws:kms"]'),
    given_case("lines", "# ours\nQ=x\nP='aws:kms'\n", "p.env"),
    given_case("one line", 'Q="x y" P=aws:kms', "p.txt"),
    given_case(
        "samconfig.toml",
        '[default.deploy.parameters]\nparameter_overrides = "Q=\\"x y\\" P=aws:kms"\n'
        '[prod.deploy.parameters]\nparameter_overrides = "P=AES256"\n',
        "samconfig.toml",
    ),
    given_case(
        "samconfig.toml, another environment alone",
        'version = 0.1\n[prod.deploy.parameters]\nconfirm_changeset = true\nparameter_overrides = ["P=aws:kms"]\n',
        "samconfig.toml",
    ),
    given_case(
        "samconfig.toml, for all commands",
        '[default.global.parameters]\nparameter_overrides = "P=AES256 Q=x"\n'
        '[default.deploy.parameters]\nparameter_overrides = "P=aws:kms"\n',
        "samconfig.toml",
    ),
    given_case(
        "samconfig.yaml",
        "version: 0.1\ndefault: {deploy: {parameters: {parameter_overrides: [P=aws:kms, Q=x]}}}\n",
        "samconfig.yaml",
    ),
    given_case("over a default", _KMS_LIST, head=given("AES256")),
    given_case(
        "one of the allowed",
        _KMS_LIST,
        head="Parameters: {P: {Type: String, AllowedValues: [AES256, 'aws:kms']}}",
    ),
    given_case(
        "none of the allowed",
        _KMS_LIST,
        head="Parameters: {P: {Type: String, AllowedValues: [AES256]}}",
        verdict=UNKNOWN,
        says="P is given a value that its AllowedValues do not have",
    ),
    given_case("a parameter that is not there", '{"Q": "AES256"}', head=given("aws:kms")),
    given_case("a list with commas", '{"P": "x, aws:kms"}', head=_LISTED),
    given_case("a list as a list", '{"P": ["x", "aws:kms"]}', head=_LISTED),
    given_case(
        "the name of a parameter of Systems Manager",
        _KMS_LIST,
        head=given("/x", "'AWS::SSM::Parameter::Value<String>'").replace(
            "{P: {", "{P: {Description: 'Type: String', "
        ),
        verdict=UNKNOWN,
        says="is in Systems Manager",
    ),
    given_case(
        "a secret",
        _KMS_LIST,
        head="Parameters: {P: {Type: String, NoEcho: true}}",
        verdict=UNKNOWN,
        says="the value of P is not shown",
    ),
    Case(
        "given, a condition on a secret",
        bucket(
            default("!If [C, aws:kms, AES256]"),
            when("!Equals [!Ref P, sesame]", "Parameters: {P: {Type: String, NoEcho: true}}"),
        ),
        PASS,
        AWS,
        parameters="P=sesame",
        file="p.env",
    ),
)
