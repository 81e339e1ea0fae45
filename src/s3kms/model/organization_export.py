"""How a plan comes to the policies of an organization, and how they are exported so that it can read a folder."""

from s3kms.model.access import ORG_POLICIES_UNREAD
from s3kms.model.advice import Advice, Option
from s3kms.model.hazard_ids import as_written

WAYS_TO_POLICIES = Advice(
    "read them with a role of the management account ({role}), or from a folder that they were exported to "
    "({folder}), or accept it: {accept}",
    {
        "role": Option("org_role", "ARN"),
        "folder": Option("org_policies", "DIR"),
        "accept": Option("accept", as_written(ORG_POLICIES_UNREAD)),
    },
)

ROOTS_FILE = "list-roots.json"
"""Of the folder: without it nothing was exported."""
EXPORT_COMMANDS = """\
accounts="111122223333 444455556666"
aws organizations list-roots > list-roots.json
for id in $accounts; do
  while [ -n "$id" ]; do
    for kind in SERVICE_CONTROL_POLICY RESOURCE_CONTROL_POLICY; do
      aws organizations list-policies-for-target --target-id "$id" --filter $kind \\
        > "list-policies-for-target-$id-$kind.json"
    done
    case $id in r-*) break ;; esac
    aws organizations list-parents --child-id "$id" > "list-parents-$id.json"
    id=$(aws organizations list-parents --child-id "$id" --query 'Parents[0].Id' --output text)
  done
done
for kind in SERVICE_CONTROL_POLICY RESOURCE_CONTROL_POLICY; do
  for id in $(aws organizations list-policies --filter $kind --query 'Policies[].Id' --output text); do
    aws organizations describe-policy --policy-id "$id" > "describe-policy-$id.json"
  done
done"""
"""For a shell in that folder, with the credentials of the management account or of a delegated administrator."""
