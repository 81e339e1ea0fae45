"""The table: every construct of a template that decides what a bucket's default encryption is."""

from tests.support.templates import ARN, AWS, FAIL, OPEN, OURS, PASS, UNKNOWN, Case, bucket, default

POLICY = (
    "{Version: '2012-10-17', Statement: [{Effect: Allow, Principal: '*', Action: 'kms:*', Resource: '*'}]}"
)
KEY = f"Key: {{Type: AWS::KMS::Key, Properties: {{KeyPolicy: {POLICY}}}}}"
STAGES = "Parameters: {Stage: {Type: String, AllowedValues: [dev, prod]}}"
IS_PROD = STAGES + "\nConditions: {IsProd: !Equals [!Ref Stage, prod]}"
FREE = "Parameters: {P: {Type: String}}"


def given(value: str, kind: str = "String") -> str:
    return f"Parameters: {{P: {{Type: {kind}, Default: {value}}}}}"


def when(condition: str, parameters: str = "Parameters: {P: {Type: String, Default: x}}") -> str:
    return f"{parameters}\nConditions: {{C: {condition}}}"


def regions(eu: str, us: str, key: str = "!Ref AWS::Region") -> tuple[str, str]:
    head = f"Mappings: {{M: {{eu-central-1: {{Alg: '{eu}'}}, us-east-1: {{Alg: '{us}'}}}}}}"
    return default(f"!FindInMap [M, {key}, Alg]"), head


LITERALS = (
    Case("no properties", bucket("").replace("Type: A", "«Type: A"), FAIL, deploys=True),
    Case(
        "no encryption",
        bucket("BucketName: plain").replace("Type: A", "«Type: A"),
        FAIL,
        name="plain",
        deploys=True,
    ),
    Case("SSE-S3", bucket(default("«AES256")), FAIL, deploys=True),
    Case("SSE-KMS", bucket(default("«aws:kms")), PASS, AWS, deploys=True),
    Case("quoted", bucket(default("«'aws:kms'")), PASS, AWS, deploys=True),
    Case("double quoted", bucket(default('«"aws:kms"')), PASS, AWS, deploys=True),
    Case("DSSE-KMS", bucket(default("«aws:kms:dsse", ARN)), PASS, OPEN, deploys=True),
    Case("an ARN", bucket(default("aws:kms", ARN)), PASS, OPEN, deploys=True),
    Case("an alias", bucket(default("aws:kms", "alias/x")), PASS, OURS, deploys=True),
    Case("alias/aws/s3", bucket(default("aws:kms", "alias/aws/s3")), PASS, AWS, deploys=True),
    Case(
        "bucket key on",
        bucket(default("aws:kms", "", "BucketKeyEnabled: true")),
        PASS,
        AWS,
        True,
        deploys=True,
    ),
    Case(
        "bucket key off",
        bucket(default("aws:kms", "", "BucketKeyEnabled: false")),
        PASS,
        AWS,
        False,
        deploys=True,
    ),
    Case("bucket key as text", bucket(default("aws:kms", "", "BucketKeyEnabled: 'true'")), PASS, AWS, True),
    Case("bucket key yes", bucket(default("aws:kms", "", "BucketKeyEnabled: yes")), PASS, AWS, True),
    Case("an algorithm of tomorrow", bucket(default("«aws:backup")), UNKNOWN, says="'aws:backup'"),
    Case("a key with SSE-S3", bucket(default("AES256", ARN)), FAIL),
    Case(
        "a rule that only blocks",
        bucket(
            "«BucketEncryption: {ServerSideEncryptionConfiguration: "
            "[{BlockedEncryptionTypes: {EncryptionType: [SSE-C]}}]}"
        ),
        FAIL,
    ),
    Case("two rules", bucket("«BucketEncryption: {ServerSideEncryptionConfiguration: [{}, {}]}"), UNKNOWN),
    Case("no rule", bucket("«BucketEncryption: {ServerSideEncryptionConfiguration: []}"), UNKNOWN),
    Case("no algorithm", bucket(default("x").replace("SSEAlgorithm: x", "KMSMasterKeyID: x")), UNKNOWN),
    Case("null", bucket("BucketEncryption: «null"), UNKNOWN, says="null"),
    Case("an empty value", bucket(default("«")), UNKNOWN, says="SSEAlgorithm is null"),
    Case("encryption is a text", bucket("BucketEncryption: «aws:kms"), UNKNOWN, says="not a mapping"),
    Case(
        "block style",
        bucket(
            """
            BucketName: my-bucket
            BucketEncryption:
              ServerSideEncryptionConfiguration:
                - BucketKeyEnabled: true
                  ServerSideEncryptionByDefault:
                    KMSMasterKeyID: alias/mine
                    SSEAlgorithm: «aws:kms
            """
        ),
        *(PASS, OURS, True, "my-bucket"),
        deploys=True,
    ),
)

PARAMETERS = (
    Case("a default", bucket(default("«!Ref P"), given("aws:kms")), PASS, AWS, deploys=True),
    Case("a default that fails", bucket(default("«!Ref P"), given("AES256")), FAIL, deploys=True),
    Case("the long form of Ref", bucket(default("«{Ref: P}"), given("aws:kms")), PASS, AWS, deploys=True),
    Case("no default", bucket(default("«!Ref P"), FREE), UNKNOWN, says="the parameter P has no default"),
    Case(
        "allowed values that all pass",
        bucket(
            default("!Ref P"), "Parameters: {P: {Type: String, AllowedValues: ['aws:kms', 'aws:kms:dsse']}}"
        ),
        *(PASS, AWS),
    ),
    Case(
        "allowed values of which one fails",
        bucket(default("«!Ref P"), "Parameters: {P: {Type: String, AllowedValues: ['aws:kms', AES256]}}"),
        FAIL,
        says="when P is AES256: ",
    ),
    Case(
        "a default among allowed values",
        bucket(
            default("!Ref P"),
            "Parameters: {P: {Type: String, Default: 'aws:kms', AllowedValues: [AES256, 'aws:kms']}}",
        ),
        FAIL,
        says="when P is AES256: ",
    ),
    Case(
        "from Systems Manager",
        bucket(default("!Ref P"), given("/alg", "'AWS::SSM::Parameter::Value<String>'")),
        UNKNOWN,
        says="Systems Manager",
    ),
    Case(
        "a dynamic reference", bucket(default("'{{resolve:ssm:/alg}}'")), UNKNOWN, says="{{resolve:ssm:/alg}}"
    ),
    Case("a key without default", bucket(default("aws:kms", "!Ref P"), FREE), PASS, OPEN),
    Case("a key with default", bucket(default("aws:kms", "!Ref P"), given(ARN)), PASS, OPEN, deploys=True),
    Case(
        "a list",
        bucket(default("!Select [1, !Ref P]"), given("'a, aws:kms'", "CommaDelimitedList")),
        PASS,
        AWS,
    ),
    Case("a pseudo parameter", bucket(default("!Ref AWS::Region")), UNKNOWN, says="known at deployment"),
    Case(
        "nothing of that name",
        bucket(default("!Ref Nothing")),
        UNKNOWN,
        says="no parameter or resource Nothing",
    ),
    Case(
        "bucket key open",
        bucket(default("aws:kms", "", "BucketKeyEnabled: !Ref P"), FREE),
        *(PASS, AWS, True),
    ),
    Case("a number for a name", bucket("BucketName: 123456", ""), FAIL, name="123456"),
)

CONDITIONS = (
    Case(
        "value, one branch fails",
        bucket(default("!If [IsProd, aws:kms, «AES256]"), IS_PROD),
        FAIL,
        says="when IsProd is false: ",
    ),
    Case("value, both pass", bucket(default("!If [IsProd, aws:kms, aws:kms:dsse]"), IS_PROD), PASS, AWS),
    Case("value, long form", bucket(default("{'Fn::If': [IsProd, aws:kms, «AES256]}"), IS_PROD), FAIL),
    Case(
        "property, NoValue",
        bucket(
            "BucketEncryption: !If [IsProd, {ServerSideEncryptionConfiguration: "
            "[{ServerSideEncryptionByDefault: {SSEAlgorithm: 'aws:kms'}}]}, «!Ref AWS::NoValue]",
            IS_PROD,
        ),
        FAIL,
        says="when IsProd is false: new objects are encrypted with SSE-S3",
    ),
    Case(
        "list item",
        bucket(
            "BucketEncryption: {ServerSideEncryptionConfiguration: [!If [IsProd, {ServerSideEncryptionByDefault: "
            "{SSEAlgorithm: 'aws:kms'}}, {ServerSideEncryptionByDefault: {SSEAlgorithm: «AES256}}]]}",
            IS_PROD,
        ),
        FAIL,
    ),
    Case(
        "list item, NoValue",
        bucket(
            "BucketEncryption: {ServerSideEncryptionConfiguration: [!If [IsProd, !Ref AWS::NoValue, "
            "{ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}}], {ServerSideEncryptionByDefault: "
            "{SSEAlgorithm: 'aws:kms'}}]}",
            IS_PROD,
        ),
        UNKNOWN,
        says="when IsProd is false: ",
    ),
    Case(
        "the whole list",
        bucket(
            "BucketEncryption: {ServerSideEncryptionConfiguration: !If [IsProd, [{ServerSideEncryptionByDefault: "
            "{SSEAlgorithm: 'aws:kms'}}], [{ServerSideEncryptionByDefault: {SSEAlgorithm: 'aws:kms'}}]]}",
            IS_PROD,
        ),
        PASS,
        AWS,
    ),
    Case(
        "the key, NoValue",
        bucket(
            default("aws:kms", "!If [C, !Ref P, !Ref AWS::NoValue]"),
            when("!Not [!Equals [!Ref P, '']]", given("''")),
        ),
        PASS,
        AWS,
        deploys=True,
    ),
    Case(
        "the key, either",
        bucket(
            default("aws:kms", "!If [C, !Ref P, !Ref AWS::NoValue]"),
            when("!Not [!Equals [!Ref P, '']]", FREE),
        ),
        PASS,
        AWS,
        says="; when C is true: new objects are encrypted with SSE-KMS under KMS key !Ref P",
    ),
    Case(
        "the same condition twice is one",
        bucket(default("!If [IsProd, aws:kms, !If [IsProd, AES256, aws:kms]]"), IS_PROD),
        PASS,
        AWS,
    ),
    Case(
        "a condition and its opposite are one",
        bucket(
            default("!If [IsProd, !If [NotProd, AES256, aws:kms], aws:kms]"),
            STAGES
            + "\nConditions: {IsProd: !Equals [!Ref Stage, prod], NotProd: !Not [{Condition: IsProd}]}",
        ),
        PASS,
        AWS,
    ),
    Case(
        "an open value is not two texts at once",
        bucket(
            default("!If [A, !If [C, AES256, aws:kms], aws:kms]"),
            FREE + "\nConditions: {A: !Equals [!Ref P, a], C: !Equals [!Ref P, c]}",
        ),
        PASS,
        AWS,
    ),
    Case(
        "an open value that is compared is known",
        bucket(default("!If [C, !Ref P, aws:kms]"), when("!Equals [!Ref P, 'AES256']", FREE)),
        FAIL,
        says="when C is true and P is AES256: ",
    ),
    Case(
        "a literal condition",
        bucket(default("!If [C, aws:kms, AES256]"), when("!Equals [a, a]")),
        PASS,
        AWS,
        deploys=True,
    ),
    Case(
        "text is compared with its case",
        bucket(default("!If [C, aws:kms, AES256]"), when("!Equals [a, A]")),
        FAIL,
        deploys=True,
    ),
    Case(
        "And",
        bucket(default("!If [C, aws:kms, AES256]"), when("!And [!Equals [!Ref P, x], !Equals [a, a]]")),
        PASS,
        AWS,
        deploys=True,
    ),
    Case(
        "Or",
        bucket(default("!If [C, aws:kms, AES256]"), when("!Or [!Equals [!Ref P, y], !Equals [a, a]]")),
        PASS,
        AWS,
        deploys=True,
    ),
    Case(
        "Not",
        bucket(default("!If [C, aws:kms, AES256]"), when("!Not [!Equals [!Ref P, x]]")),
        FAIL,
        deploys=True,
    ),
    Case(
        "a condition by name, short",  # moto does not know this form
        bucket(
            default("!If [C, aws:kms, AES256]"), "Conditions: {D: !Equals [a, a], C: !Not [!Condition D]}"
        ),
        FAIL,
    ),
    Case(
        "a condition by name",
        bucket(
            default("!If [C, aws:kms, AES256]"), "Conditions: {D: !Equals [a, a], C: !Not [{Condition: D}]}"
        ),
        FAIL,
        deploys=True,
    ),
    Case(
        "a region",
        bucket(default("!If [C, aws:kms, AES256]"), when("!Equals [!Ref AWS::Region, us-east-1]")),
        FAIL,
        says="when C is false",
    ),
    Case(
        "no such condition", bucket(default("!If [Z, aws:kms, AES256]"), ""), UNKNOWN, says="no condition Z"
    ),
    Case(
        "a condition defined by itself",
        bucket(default("!If [C, a, b]"), when("!Not [!Condition C]")),
        UNKNOWN,
        says="refers to itself",
    ),
    Case(
        "a bucket of a condition",
        bucket(default("!If [IsProd, aws:kms, AES256]"), IS_PROD).replace(
            "    Properties", "    Condition: IsProd\n    Properties"
        ),
        PASS,
        AWS,
    ),
    Case(
        "a mapping by an allowed value",
        bucket(
            default("!FindInMap [M, !Ref Stage, Alg]"),
            STAGES + "\nMappings: {M: {dev: {Alg: AES256}, prod: {Alg: 'aws:kms'}}}",
        ),
        FAIL,
        says="when Stage is dev: ",
    ),
    Case(
        "a mapping by region",
        bucket(*regions("aws:kms", "AES256")),
        FAIL,
        says="when AWS::Region is us-east-1: ",
    ),
    Case("a mapping by region that passes", bucket(*regions("aws:kms", "aws:kms:dsse")), PASS, AWS),
    Case(
        "a condition on the length of a list",
        bucket(
            default("!If [C, 'aws:kms', AES256]"),
            "Transform: AWS::LanguageExtensions\n"
            "Parameters: {Names: {Type: CommaDelimitedList, Default: 'a,b'}}\n"
            "Conditions: {C: !And [!Equals [!Length [x, y], 2], !Equals [!Length {Ref: Names}, 2]]}",
        ),
        PASS,
        AWS,
    ),
    Case(
        "a mapping by a literal",
        bucket(*regions("aws:kms", "AES256", "eu-central-1")),
        PASS,
        AWS,
        deploys=True,
    ),
    Case(
        "a mapping without the key",
        bucket(*regions("aws:kms", "AES256", "mars-1")),
        UNKNOWN,
        says="cannot be deployed",
    ),
    Case(
        "a mapping with a default value",
        bucket(default("!FindInMap [M, mars-1, Alg, {DefaultValue: 'aws:kms'}]"), regions("a", "b")[1]),
        PASS,
        AWS,
    ),
)

TEXTS = (
    Case("Sub", bucket(default("!Sub 'aws:${P}'"), given("kms")), PASS, AWS, deploys=True),
    Case(
        "Sub with a mapping",
        bucket(default("!Sub ['aws:${x}', {x: !Ref P}]"), given("kms")),
        PASS,
        AWS,
        deploys=True,
    ),
    Case("Sub with what is literal", bucket("BucketName: !Sub 'a-${!x}'"), FAIL, name="a-${x}"),
    Case("Join", bucket(default("!Join [':', [aws, !Ref P]]"), given("kms")), PASS, AWS, deploys=True),
    Case(
        "Select and Split",
        bucket(default("!Select [1, !Split ['/', !Ref P]]"), given("'x/aws:kms'")),
        PASS,
        AWS,
        deploys=True,
    ),
    Case("Select beyond the end", bucket(default("!Select [9, [a]]")), UNKNOWN, says="cannot be deployed"),
    Case("Sub with an open part", bucket(default("!Sub 'aws:${P}'"), FREE), UNKNOWN, says="!Sub aws:${P}"),
    Case("a function AWS alone evaluates", bucket(default("!Base64 x")), UNKNOWN, says="!Base64"),
    Case(
        "a transform within the bucket",
        bucket("Fn::Transform: {Name: AWS::Include}\nTags: []"),
        UNKNOWN,
        says="Fn::Transform",
    ),
    Case("an imported key", bucket(default("aws:kms", "!ImportValue kms-key")), PASS, OPEN),
    Case("an imported algorithm", bucket(default("!ImportValue alg")), UNKNOWN, says="another stack"),
    Case(
        "a name of a default",
        bucket("BucketName: !Sub '${P}-logs'", given("my")),
        FAIL,
        name="my-logs",
        deploys=True,
    ),
    Case("a name that varies", bucket("BucketName: !Sub '${Stage}-logs'", STAGES), FAIL),
    Case("a name with the account", bucket("BucketName: !Sub 'b-${AWS::AccountId}'"), FAIL),
)

KEYS = (
    Case("a key of the template", bucket(default("aws:kms", "!Ref Key"), more=KEY), PASS, OURS, deploys=True),
    Case("its ARN", bucket(default("aws:kms", "!GetAtt Key.Arn"), more=KEY), PASS, OURS, deploys=True),
    Case(
        "its ARN, long",
        bucket(default("aws:kms", "{'Fn::GetAtt': [Key, Arn]}"), more=KEY),
        PASS,
        OURS,
        deploys=True,
    ),
    Case(
        "its ARN by Sub", bucket(default("aws:kms", "!Sub '${Key.Arn}'"), more=KEY), PASS, OURS, deploys=True
    ),
    Case(
        "its ARN in pieces",
        bucket(
            default(
                "aws:kms", "!Sub 'arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}'"
            ),
            more=KEY,
        ),
        PASS,
        OURS,
        deploys=True,
    ),
    Case(
        "its alias",
        bucket(
            default("aws:kms", "!Ref Alias"),
            more=KEY
            + "\nAlias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/x, TargetKeyId: !Ref Key}}",
        ),
        PASS,
        OURS,
    ),
    Case(
        "its alias by name",
        bucket(
            default("aws:kms", "alias/x"),
            more=KEY
            + "\nAlias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/x, TargetKeyId: !Ref Key}}",
        ),
        PASS,
        OURS,
    ),
    Case(
        "an alias of a key elsewhere",
        bucket(
            default("aws:kms", "!Ref Alias"),
            more=f"Alias: {{Type: AWS::KMS::Alias, Properties: {{AliasName: alias/x, TargetKeyId: '{ARN}'}}}}",
        ),
        PASS,
        OPEN,
    ),
    Case(
        "alias/aws/s3 by Sub",
        bucket(
            default(
                "aws:kms", "!Sub 'arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/s3'"
            )
        ),
        PASS,
        AWS,
    ),
    Case(
        "an attribute of a custom resource",
        bucket(
            default("aws:kms", "!GetAtt Key.Arn"),
            more="Key: {Type: Custom::Key, Properties: {ServiceToken: x}}",
        ),
        PASS,
        OPEN,
    ),
    Case(
        "a key that is not there",
        bucket(default("aws:kms", "!GetAtt Nope.Arn")),
        UNKNOWN,
        says="no resource Nope",
    ),
    Case(
        "a replica",
        bucket(
            default("aws:kms", "!GetAtt Key.Arn"),
            more=f"Key: {{Type: AWS::KMS::ReplicaKey, Properties: {{PrimaryKeyArn: '{ARN}', KeyPolicy: {POLICY}}}}}",
        ),
        PASS,
        OURS,
    ),
)

_EXPRESS = "AWS::S3Express::DirectoryBucket"
_ZONE = "LocationName: euc1-az1\nDataRedundancy: SingleAvailabilityZone\n"


def express(properties: str, more: str = "") -> str:
    return bucket(_ZONE + properties, kind=_EXPRESS, more=more)


DIRECTORIES = (
    Case("directory, none", express(""), FAIL),
    Case("directory, SSE-KMS", express(default("«aws:kms", ARN)), PASS, OPEN),
    Case("directory, a key of the template", express(default("aws:kms", "!Ref Key"), KEY), PASS, OURS),
    Case(
        "directory, no key",
        express(default("«aws:kms")),
        UNKNOWN,
        says="a directory bucket does not accept aws/s3",
    ),
    Case(
        "directory, DSSE-KMS",
        express(default("«aws:kms:dsse", ARN)),
        UNKNOWN,
        says="a directory bucket does not accept",
    ),
    Case("directory, SSE-S3", express(default("«AES256")), FAIL),
)

SHAPES = (
    Case(
        "JSON",
        '{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketEncryption": '
        '{"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": «"aws:kms"}, '
        '"BucketKeyEnabled": true}]}}}}}',
        PASS,
        AWS,
        True,
        deploys=True,
    ),
    Case(
        "JSON with tabs",
        '{\n\t"Resources":\t{\n\t\t"B": {\t«"Type": "AWS::S3::Bucket"}}}',
        FAIL,
        deploys=True,
    ),
    Case(
        "JSON with emoji",
        '{"Description": "\\ud83d\\ude00\\/", "Resources": {"B": {«"Type": "AWS::S3::Bucket"}}}',
        FAIL,
    ),
    Case(
        "JSON functions",
        '{"Parameters": {"P": {"Type": "String", "Default": "kms"}}, "Resources": {"B": {"Type": '
        '"AWS::S3::Bucket", "Properties": {"BucketEncryption": {"ServerSideEncryptionConfiguration": '
        '[{"ServerSideEncryptionByDefault": {"SSEAlgorithm": «{"Fn::Join": [":", ["aws", {"Ref": "P"}]]}}}]}}}}}',
        PASS,
        AWS,
        deploys=True,
    ),
    Case("CRLF", bucket(default("«aws:kms")).replace("\n", "\r\n"), PASS, AWS),
    Case("a byte order mark", "\ufeff" + bucket("").replace("Type: A", "«Type: A"), FAIL),
    Case(
        "an anchor",
        bucket(
            "BucketEncryption: *kms",
            "Metadata:\n  Kms: &kms {ServerSideEncryptionConfiguration: "
            "[{ServerSideEncryptionByDefault: {SSEAlgorithm: «aws:kms}}]}",
        ),
        PASS,
        AWS,
    ),
    Case(
        "a merge key",
        bucket(
            "<<: *kms\nBucketName: merged",
            "Metadata:\n  Kms: &kms {BucketEncryption: "
            "{ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: «aws:kms}}]}}",
        ),
        PASS,
        AWS,
        None,
        "merged",
    ),
    Case("SAM", bucket(default("aws:kms"), "Transform: AWS::Serverless-2016-10-31"), PASS, AWS),
    Case(
        "SAM with globals and events",
        bucket(
            default("aws:kms"),
            "Transform: AWS::Serverless-2016-10-31\nGlobals: {Function: {Timeout: 3}}",
            more="F: {Type: AWS::Serverless::Function, Properties: {Events: {E: {Type: S3, Properties: "
            "{Bucket: !Ref B, Events: 's3:ObjectCreated:*'}}}}}",
        ),
        PASS,
        AWS,
    ),
)

CASES = (*LITERALS, *PARAMETERS, *CONDITIONS, *TEXTS, *KEYS, *DIRECTORIES, *SHAPES)
