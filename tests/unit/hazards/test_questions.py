"""What a plan asks, because no setting of S3 tells it."""

import re
from pathlib import Path

import pytest

from s3kms.hazards.questions import QUESTIONS, Asked, PlanQuestion, QuestionFold


def asked(*names: str, customer_key: bool = False) -> str:
    fold = QuestionFold()
    for name in names:
        fold.add(name, customer_key=customer_key)
    return "\n".join(fold.questions())


def test_nothing_is_asked_where_nothing_would_change() -> None:
    assert QuestionFold().questions() == ()


def test_permissions_of_roles_are_asked_for_under_a_customer_managed_key_alone() -> None:
    assert "Who comes with a session policy" not in asked("plain")
    assert "Who comes with a session policy" in asked("plain", customer_key=True)


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("aws-glue-assets-111122223333-eu-central-1", "Glue"),
        ("aws-athena-query-results-111122223333-us-east-1", "workgroups of Athena"),
        ("codepipeline-us-east-1-123456789012", "stages of the pipeline"),
        ("cdk-hnb659fds-assets-111122223333-eu-west-1", "Who deploys"),
        ("elasticbeanstalk-us-west-2-111122223333", "Who deploys"),
        ("sagemaker-us-east-1-111122223333", "SageMaker"),
    ],
)
def test_a_name_that_a_service_makes_asks_about_that_service_and_names_the_bucket(
    name: str, service: str
) -> None:
    (line,) = [one for one in asked(name).splitlines() if one.startswith(name)]

    assert service in line


@pytest.mark.parametrize(
    "name",
    [
        "acme-glue-assets",
        "athena-results",
        "codepipeline",
        "sagemaker-models",
        "my-elasticbeanstalk",
        "cdk-assets",
    ],
)
def test_a_name_that_only_looks_like_one_asks_nothing_of_its_own(name: str) -> None:
    assert asked(name) == asked("plain")


def test_of_many_buckets_three_are_named() -> None:
    names = [f"sagemaker-us-east-1-{number:012}" for number in range(500)]

    assert f"{', '.join(names[:3])} and 497 more: " in asked(*names)


def test_a_person_reads_no_more_than_a_page() -> None:
    assert len([one for one in QUESTIONS if one.asked is not Asked.NAMED]) <= 12


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_every_question_rests_on_a_fact(question: PlanQuestion) -> None:
    facts = (Path(__file__).parents[3] / "docs" / "facts.md").read_text()

    assert re.search(rf"^### {question.fact}$", facts, re.MULTILINE)
