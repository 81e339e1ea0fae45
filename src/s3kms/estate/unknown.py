"""A fact that nobody could establish, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unknown:
    """It is neither yes nor no: it says why it is not known, and how to find out.

    It travels to every report; no rule may turn it into a pass or a fail.
    """

    why: str
    """What stood in the way: `AccessDenied from GetBucketEncryption`."""

    remedy: str
    """What a person does about it: `allow s3:GetEncryptionConfiguration on …`."""


NOT_READ = Unknown("this fact was not read", "a rule that uses it must name it in its `needs`")
"""The value of a fact that no rule asked for, so that forgetting to ask is loud."""
