"""The role of a job, made in IAM: never one that is there already and was not made for this run."""

import json
from collections.abc import Mapping
from typing import Any

from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.connection import Connection
from s3kms.model.advice import Advice, Option
from s3kms.model.batch_operations import CREATE_ROLE, GET_ROLE, PUT_ROLE_POLICY
from s3kms.model.errors import AwsError, Refused
from s3kms.model.job_role import POLICY_NAME, JobRole
from s3kms.model.operations import Operation

_EXISTS = "EntityAlreadyExists"


def create_job_role(connection: Connection, role: JobRole) -> str:
    """Make the role, or go on with one that an earlier process of the run made; return its ARN.

    Raises Refused for a role of that name with another description; AwsError.
    """
    client, subject = connection.regional_client("iam", connection.region), f"role {role.name}"
    try:
        with translate_errors(CREATE_ROLE, subject):
            answer = client.create_role(
                RoleName=role.name,
                Description=role.description,
                AssumeRolePolicyDocument=json.dumps(role.trust),
            )
        found = _role_of(answer, CREATE_ROLE, subject)
    except AwsError as error:
        if error.code != _EXISTS:
            raise
        found = _own_role(client, role, subject)
    with translate_errors(PUT_ROLE_POLICY, subject):
        client.put_role_policy(
            RoleName=role.name, PolicyName=POLICY_NAME, PolicyDocument=json.dumps(role.policy)
        )
    return found


def _own_role(client: Any, role: JobRole, subject: str) -> str:
    with translate_errors(GET_ROLE, subject):
        answer = client.get_role(RoleName=role.name)
    arn = _role_of(answer, GET_ROLE, subject)
    if answer["Role"].get("Description") != role.description:
        raise Refused(
            f"a role {role.name} is in account {role.account} already, and this run did not make it",
            advice=Advice(
                "use it with {job_role}, or choose another name",
                {"job_role": Option("job_role", arn)},
            ),
        )
    return arn


def _role_of(answer: Mapping[str, Any], operation: Operation, subject: str) -> str:
    arn = (answer.get("Role") or {}).get("Arn")
    if not isinstance(arn, str) or not arn:
        raise bad_answer(operation, subject, "was answered without the ARN of the role")
    return arn
