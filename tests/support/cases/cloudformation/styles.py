"""The ways in which templates are written, before and after an edit."""

from dataclasses import dataclass
from textwrap import dedent

from tests.support.template_edits import AS_USUAL, key

from s3kms.iac.interface import DesiredKey, EditTarget

ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@dataclass(frozen=True)
class Style:
    """A template in which `{+…+}` is what the edit adds and `[-…-]` what it takes away."""

    id: str
    marked: str
    desired: EditTarget = AS_USUAL
    name: str = "t.yaml"
    bom: bool = False
    newline: str = "\n"

    @property
    def before(self) -> bytes:
        return self._file(_without(self.marked, "{+", "+}").replace("[-", "").replace("-]", ""))

    @property
    def after(self) -> bytes:
        return self._file(_without(self.marked, "[-", "-]").replace("{+", "").replace("+}", ""))

    def _file(self, text: str) -> bytes:
        return b"\xef\xbb\xbf" * self.bom + text.replace("\n", self.newline).encode()


def _without(text: str, opening: str, closing: str) -> str:
    while opening in text:
        head, _, rest = text.partition(opening)
        text = head + rest.partition(closing)[2]
    return text


_SHORT = {
    "ENCRYPTED": (
        "BucketEncryption: {ServerSideEncryptionConfiguration: "
        "[{ServerSideEncryptionByDefault: {SSEAlgorithm: aws:kms}, BucketKeyEnabled: true}]}"
    ),
    "PADDED": (
        "BucketEncryption: { ServerSideEncryptionConfiguration: "
        "[{ ServerSideEncryptionByDefault: { SSEAlgorithm: aws:kms }, BucketKeyEnabled: true }] }"
    ),
    "UP_TO": (
        '"BucketEncryption": { "ServerSideEncryptionConfiguration": [ { "ServerSideEncryptionByDefault": {'
    ),
    "FROM_ATT": '"KMSMasterKeyID": { "Fn::GetAtt": ["Key", "Arn"] }',
    "DOWN": '{+, "BucketKeyEnabled": true+} } ] }',
    "IS_BUCKET": '"Type": "AWS::S3::Bucket"',
}


def style(title: str, marked: str, desired: EditTarget = AS_USUAL, **more: object) -> Style:
    for word, text in _SHORT.items():
        marked = marked.replace(word, text)
    return Style(title, dedent(marked).lstrip("\n"), desired, **more)  # type: ignore[arg-type]


_PLAIN = """
    # A template.
    AWSTemplateFormatVersion: "2010-09-09"   # é, and blanks behind
    Resources:
      B: # the bucket
        Type: AWS::S3::Bucket   # its type
        Properties:
          BucketName: "name"  # and its name{+
          BucketEncryption:
            ServerSideEncryptionConfiguration:
              - ServerSideEncryptionByDefault:
                  SSEAlgorithm: aws:kms
                BucketKeyEnabled: true+}
          # at the end of the properties

        DeletionPolicy: Retain
    """

_KEYED = """
    Parameters:
      KeyArn:
        Type: String
    Resources:
      Key:
        Type: AWS::KMS::Key
      Alias:
        Type: AWS::KMS::Alias
        Properties: {AliasName: alias/x, TargetKeyId: REF}
      B:
        Type: AWS::S3::Bucket
        Properties:
          BucketEncryption:
            ServerSideEncryptionConfiguration:
            - BucketKeyEnabled: true
              BlockedEncryptionTypes:
                EncryptionType:
                - SSE-C
              ServerSideEncryptionByDefault:
                SSEAlgorithm: [-AES256-]{+aws:kms+}  # why{+
                KMSMasterKeyID: HERE+}
    """


def _keyed(here: str, ref: str = "!Ref Key") -> str:
    return _KEYED.replace("HERE", here).replace("REF", ref)


STYLES = (
    style("plain", _PLAIN),
    style("CRLF", _PLAIN, newline="\r\n"),
    style("CR", _PLAIN, newline="\r"),
    style("a byte order mark", _PLAIN, bom=True),
    style("a byte order mark and CRLF", _PLAIN, bom=True, newline="\r\n"),
    Style(
        "no newline at the end",
        "Resources:\n  B:\n    Type: AWS::S3::Bucket{+\n    Properties:\n      BucketEncryption:\n"
        "        ServerSideEncryptionConfiguration:\n          - ServerSideEncryptionByDefault:\n"
        "              SSEAlgorithm: aws:kms\n            BucketKeyEnabled: true+}",
    ),
    style(
        "four blanks, lists not indented",
        """
        Resources:
            B:
                Type: AWS::S3::Bucket
                Properties:
                    Tags:
                    - Key: a
                      Value: b{+
                    BucketEncryption:
                        ServerSideEncryptionConfiguration:
                        - ServerSideEncryptionByDefault:
                              SSEAlgorithm: aws:kms
                          BucketKeyEnabled: true+}
        """,
    ),
    style(
        "another bucket shows how lists are written",
        """
        Resources:
          A:
            Type: AWS::S3::Bucket
            Properties:
              BucketEncryption:
                ServerSideEncryptionConfiguration:
                - ServerSideEncryptionByDefault:
                    SSEAlgorithm: aws:kms
          B:
            Type: AWS::S3::Bucket{+
            Properties:
              BucketEncryption:
                ServerSideEncryptionConfiguration:
                - ServerSideEncryptionByDefault:
                    SSEAlgorithm: aws:kms
                  BucketKeyEnabled: true+}
        """,
    ),
    style(
        "quoted keys, single quotes, and a comment on every line",
        """
        # 1
        'Resources': # 2
          "B": # 3
            'Type': 'AWS::S3::Bucket' # 4
            # 5
            'Properties': # 6
              'BucketEncryption': # 7
                # 8
                'ServerSideEncryptionConfiguration': # 9
                  # 10
                  - 'ServerSideEncryptionByDefault': # 11
                      'SSEAlgorithm': [-'AES256'-]{+'aws:kms'+} # 12{+
                    BucketKeyEnabled: true+}
                      # 13
                    # 14
        """,
    ),
    style(
        "double quotes",
        """
        Resources:
          B:
            Type: AWS::S3::Bucket
            Properties:
              BucketEncryption:
                ServerSideEncryptionConfiguration:
                  - BucketKeyEnabled: false
                    ServerSideEncryptionByDefault: {SSEAlgorithm: [-"AES256"-]{+"aws:kms"+}}
        """,
    ),
    style(
        "a folded algorithm",
        """
        Resources:
          B:
            Type: AWS::S3::Bucket
            Properties:
              BucketEncryption:
                ServerSideEncryptionConfiguration:
                  - BucketKeyEnabled: false
                    ServerSideEncryptionByDefault:
                      SSEAlgorithm: [->-
                        AES256-]{+aws:kms+}
              Tags: []
        """,
    ),
    Style(
        "a text that keeps its last lines",
        "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: |+\n        name\n\n"
        "{+      BucketEncryption:\n        ServerSideEncryptionConfiguration:\n"
        "          - ServerSideEncryptionByDefault:\n              SSEAlgorithm: aws:kms\n"
        "            BucketKeyEnabled: true\n+}    DeletionPolicy: Retain\n",
    ),
    style(
        "empty properties",
        """
        Resources:
          B:
            Type: AWS::S3::Bucket
            Properties:[- {}-] # none{+
              BucketEncryption:
                ServerSideEncryptionConfiguration:
                  - ServerSideEncryptionByDefault:
                      SSEAlgorithm: aws:kms
                    BucketKeyEnabled: true+}
        """,
    ),
    style(
        "brackets",
        """
        Resources:
          B: {Type: AWS::S3::Bucket, Properties: {BucketName: b{+, ENCRYPTED+}}} # c
          C: { Type: 'AWS::S3::Bucket'{+, Properties: { PADDED }+} }
          D:
            Type: AWS::S3::Bucket
            Properties: {
              BucketName: d, # its name{+
              ENCRYPTED+}
            }
          E:
            Type: AWS::S3::Bucket
            Properties: {
              BucketName: e{+,+} # its name{+
              ENCRYPTED+}
            }
        """,
    ),
    style(
        "AWS::NoValue",
        """
        Conditions: {C: !Equals [!Ref AWS::Region, eu-central-1]}
        Resources:
          B:
            Type: AWS::S3::Bucket
            Properties:
              BucketEncryption:[- !Ref AWS::NoValue-] # none{+
                ServerSideEncryptionConfiguration:
                  - ServerSideEncryptionByDefault:
                      SSEAlgorithm: aws:kms
                    BucketKeyEnabled: true+}
          C:
            Type: AWS::S3::Bucket
            Properties:
              BucketEncryption: !If
                - C
                - [-Ref: AWS::NoValue-]{+ServerSideEncryptionConfiguration:
                    - ServerSideEncryptionByDefault:
                        SSEAlgorithm: aws:kms
                      BucketKeyEnabled: true+}
                - ServerSideEncryptionConfiguration:
                    - ServerSideEncryptionByDefault:
                        SSEAlgorithm: [-AES256-]{+aws:kms+}{+
                      BucketKeyEnabled: true+}
        """,
    ),
    style(
        "an anchor that all share",
        """
        x-encryption: &encryption
          BucketEncryption:
            ServerSideEncryptionConfiguration:
              - ServerSideEncryptionByDefault:
                  SSEAlgorithm: &algorithm [-AES256-]{+aws:kms+}{+
                BucketKeyEnabled: true+}
        Resources:
          B:
            Type: AWS::S3::Bucket
            Properties:
              <<: *encryption
          C:
            Type: AWS::S3::Bucket
            Properties:
              <<: *encryption
              BucketName: c
        """,
    ),
    style("a key", _keyed("!GetAtt Key.Arn"), key("Key")),
    style("an alias", _keyed("!Ref Alias"), key("Alias")),
    style("a parameter", _keyed("!Ref KeyArn"), key("KeyArn")),
    style("a literal key", _keyed(ARN), EditTarget(key=DesiredKey(literal=ARN))),
    style(
        "a key id",
        _keyed("'1234abcd-12ab-34cd-56ef-1234567890ab'"),
        EditTarget(key=DesiredKey(literal="1234abcd-12ab-34cd-56ef-1234567890ab")),
    ),
    style(
        "long forms",
        """
        Resources:
          Key:
            Type: AWS::KMS::Key
          Alias:
            Type: AWS::KMS::Alias
            Properties:
              TargetKeyId:
                Ref: Key
          B:
            Type: AWS::S3::Bucket
            Properties:
              BucketEncryption:
                ServerSideEncryptionConfiguration:
                - ServerSideEncryptionByDefault:
                    SSEAlgorithm: [-AES256-]{+aws:kms+}{+
                    KMSMasterKeyID:
                      Fn::GetAtt:
                      - Key
                      - Arn
                  BucketKeyEnabled: true+}
        """,
        key("Key"),
    ),
    style(
        "DSSE-KMS takes the bucket key away",
        """
        Resources:
          B:
            Type: AWS::S3::Bucket
            Properties:
              BucketEncryption:
                ServerSideEncryptionConfiguration:
                  - ServerSideEncryptionByDefault:
                      SSEAlgorithm: [-AES256-]{+aws:kms:dsse+}
                    BucketKeyEnabled: [-true-]{+false+}
        """,
        EditTarget(algorithm="aws:kms:dsse"),
    ),
    style(
        "aws/s3 instead of a key",
        """
        Resources:
          B:
            Type: AWS::S3::Bucket
            Properties:
              BucketEncryption:
                ServerSideEncryptionConfiguration:
                  - ServerSideEncryptionByDefault:
                      SSEAlgorithm: aws:kms
                      KMSMasterKeyID: [-!Sub "arn:aws:kms:${AWS::Region}:111122223333:alias/mine"-]{+alias/aws/s3+}
        """,
        EditTarget(key=DesiredKey()),
    ),
    style(
        "another key",
        """
        Resources:
          Key:
            Type: AWS::KMS::Key
          B:
            Type: AWS::S3::Bucket
            Properties:
              BucketEncryption:
                ServerSideEncryptionConfiguration:
                  - ServerSideEncryptionByDefault:
                      KMSMasterKeyID:[-
                        Fn::GetAtt:
                          - Key
                          - Arn-]{+ arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab+}
                      SSEAlgorithm: aws:kms # stays
          C:
            Type: AWS::S3::Bucket
            Properties:
              BucketEncryption:
                ServerSideEncryptionConfiguration:
                  - ServerSideEncryptionByDefault:
                      KMSMasterKeyID: # the key
                        [-Ref: Key-]{+arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab+}
                      SSEAlgorithm: aws:kms:dsse
        """,
        EditTarget(key=DesiredKey(literal=ARN)),
    ),
    style(
        "the bucket key alone",
        """
        Resources:
          B:
            Type: AWS::S3::Bucket
            Properties:
              BucketEncryption:
                ServerSideEncryptionConfiguration:
                  - ServerSideEncryptionByDefault:
                      SSEAlgorithm: aws:kms{+
                    BucketKeyEnabled: true+}
        """,
        EditTarget(bucket_key=True),
    ),
    style(
        "JSON",
        """
        {
          "Resources": {
            "Key": {"Type": "AWS::KMS::Key"},
            "B": {
              "Type": "AWS::S3::Bucket",
              "Properties": {
                "BucketName": "é\\ud83d\\ude00"{+,
                "BucketEncryption": {
                  "ServerSideEncryptionConfiguration": [
                    {
                      "ServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": {
                          "Fn::GetAtt": [
                            "Key",
                            "Arn"
                          ]
                        }
                      },
                      "BucketKeyEnabled": true
                    }
                  ]
                }+}
              }
            },
            "C": { "Properties": { UP_TO "SSEAlgorithm": [-"AES256"-]{+"aws:kms", FROM_ATT+} }DOWN }, IS_BUCKET }
          }
        }
        """,
        key("Key"),
        name="t.json",
        newline="\r\n",
    ),
    Style(
        "JSON with tabs",
        '{\n\t"Resources": {\n\t\t"B": {\n\t\t\t"Type": "AWS::S3::Bucket"{+,\n\t\t\t"Properties": {\n'
        '\t\t\t\t"BucketEncryption": {\n'
        '\t\t\t\t\t"ServerSideEncryptionConfiguration": [\n\t\t\t\t\t\t{\n'
        '\t\t\t\t\t\t\t"ServerSideEncryptionByDefault": {\n'
        '\t\t\t\t\t\t\t\t"SSEAlgorithm": "aws:kms"\n\t\t\t\t\t\t\t},\n'
        '\t\t\t\t\t\t\t"BucketKeyEnabled": true\n\t\t\t\t\t\t}\n'
        "\t\t\t\t\t]\n\t\t\t\t}\n\t\t\t}+}\n\t\t}\n\t}\n}\n",
        name="t.json",
        bom=True,
    ),
    Style(
        "minified JSON",
        '{"Resources":{"B":{"Type":"AWS::S3::Bucket","Properties":{{+"BucketEncryption":{"ServerSideEncryptionConfiguration":'
        '[{"ServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms"},"BucketKeyEnabled":true}]}+}}},"C":{"Type":"AWS::S3::Bucket"'
        '{+,"Properties":{"BucketEncryption":{"ServerSideEncryptionConfiguration":[{"ServerSideEncryptionByDefault":{"SSEAlgorithm":'
        '"aws:kms"},"BucketKeyEnabled":true}]}}+}}}}',
        name="t.json",
    ),
    style(
        "JSON with blanks before colons, and a mapping with no entries",
        """
        {
            "Resources" : {
                "B" : {
                    "Type" : "AWS::S3::Bucket",
                    "Properties" : {{+
                        "BucketEncryption" : {
                            "ServerSideEncryptionConfiguration" : [
                                {
                                    "ServerSideEncryptionByDefault" : {
                                        "SSEAlgorithm" : "aws:kms"
                                    },
                                    "BucketKeyEnabled" : true
                                }
                            ]
                        }
                    +}}
                }
            }
        }
        """,
        name="t.json",
    ),
    style(
        "a loop",
        """
        Transform: AWS::LanguageExtensions
        Resources:
          Fn::ForEach::Buckets:
            - Name
            - [One, Two]
            - "Bucket${Name}":
                Type: AWS::S3::Bucket{+
                Properties:
                  BucketEncryption:
                    ServerSideEncryptionConfiguration:
                      - ServerSideEncryptionByDefault:
                          SSEAlgorithm: aws:kms
                        BucketKeyEnabled: true+}
        """,
    ),
)
