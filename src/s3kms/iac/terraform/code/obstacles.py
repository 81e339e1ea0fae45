"""What keeps Terraform or AWS from doing what the code of a bucket says, so that nothing follows from the code."""

from collections.abc import Iterator

from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scope import ResourceInstance
from s3kms.iac.terraform.code.bucket_conditions import BucketConditions
from s3kms.iac.terraform.code.configuration_matching import MatchedConfigurations
from s3kms.iac.terraform.code.provider_endpoint import describe_test_endpoint, judge_provider_endpoint
from s3kms.iac.terraform.code.refused_arguments import check_arguments
from s3kms.iac.terraform.provider_versions import aws_provider_versions
from s3kms.model.unknown import Unknown


class Obstacles:
    """The obstacles of the buckets of one root module."""

    def __init__(self, root: RootModule) -> None:
        loader = root.loader
        self._conditions = BucketConditions()
        self._versions = aws_provider_versions(
            loader.folder, loader.files, (module for _, module in root.modules)
        )

    def find(
        self, evaluation: Evaluation, bucket: ResourceInstance, matched: MatchedConfigurations
    ) -> Unknown | None:
        """What is in the way of a bucket with these configurations; None where nothing is. Raises Rejected."""
        endpoint = judge_provider_endpoint(evaluation, bucket)
        if isinstance(endpoint, Unknown):
            return endpoint
        for instance in (bucket, *matched.certain, *matched.possible):
            check_arguments(instance, self._versions)
        if not evaluation.loader.checks_conditions:
            return None
        return self._conditions.failed(evaluation, bucket, [*matched.certain, *matched.possible])

    def caveats(
        self, evaluation: Evaluation, bucket: ResourceInstance, configurations: list[ResourceInstance]
    ) -> Iterator[str]:
        """What stands in nobody's way and is to be known."""
        if endpoint := describe_test_endpoint(evaluation, bucket):
            yield endpoint
        yield from self._conditions.caveats(evaluation, bucket, configurations)
