"""AWS CloudFormation templates, in YAML and JSON: SAM and the output of the CDK included.

`tree` and `template` read the text, `resolver` evaluates it in one world, `buckets` plays all worlds, `editor/`
proposes edits, and `language` is what the rest of the product knows of it.
"""
