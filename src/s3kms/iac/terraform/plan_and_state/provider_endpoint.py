"""The S3 endpoints of the providers in a plan."""

from dataclasses import dataclass

from s3kms.iac.terraform.encryption import APPLY_ADVICE
from s3kms.iac.terraform.endpoints import ENDPOINT_ARGUMENTS, TestEndpoint, judge_endpoint
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.json_document import value_at
from s3kms.iac.terraform.plan_and_state.plan_configuration import PlanConfiguration, references_of
from s3kms.model.unknown import Unknown, UnknownCause


@dataclass(frozen=True, slots=True)
class PlanEndpoints:
    """Finds what the endpoint of a resource's provider is."""

    configuration: PlanConfiguration
    variables: object
    """The `variables` of the plan: those of the root module, with their values."""

    def judge(self, instance: InstanceValues) -> TestEndpoint | Unknown | None:
        """What the endpoint means for the buckets of that provider; None where it is AWS's, or there is none."""
        blocks = value_at(self.configuration.provider(instance), "endpoints")
        for block in blocks if isinstance(blocks, list) else ():
            for name in ENDPOINT_ARGUMENTS:
                written = value_at(block, name)
                if isinstance(written, dict) and (found := self._judge(written)):
                    return found
        return None

    def _judge(self, written: object) -> TestEndpoint | Unknown | None:
        constant, references = value_at(written, "constant_value"), references_of(written)
        if not references:
            return judge_endpoint(constant)
        root, _, name = references[0].partition(".")
        entry = value_at(self.variables, name) if root == "var" and len(references) == 1 else None
        if isinstance(entry, dict):
            return judge_endpoint(entry.get("value"))
        why = (
            f"whether its provider's s3 endpoint is AWS is not known: the plan does not show {references[0]}"
        )
        return Unknown(UnknownCause.UNRESOLVED, why, APPLY_ADVICE)
