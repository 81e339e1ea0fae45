"""The options of the library's calls become the fields of requests."""

from pathlib import Path

from s3kms.options import build_fix_request, build_plan_request

ROLE = "arn:aws:iam::111122223333:role/keys"


def test_every_option_of_a_plan_is_one_of_its_request() -> None:
    request = build_plan_request(
        (), {"key_role": ROLE, "observed": ["a.json"], "org_policies": "exported", "key": "alias/data"}
    )

    assert (request.key_role, request.observed) == (ROLE, ("a.json",))
    assert (request.org_policies, request.fix.key) == (Path("exported"), "alias/data")


def test_one_name_is_not_taken_for_its_letters() -> None:
    request = build_fix_request((), {"accept": "website", "regions": "eu-west-1"})

    assert (request.accept, request.regions) == (("website",), ("eu-west-1",))
