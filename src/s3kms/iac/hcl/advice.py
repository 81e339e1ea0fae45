"""What a person does about a value that the code alone does not tell."""

from s3kms.model.advice import Advice, Option

CHECK_PLAN = Advice("check a plan: terraform show -json PLAN > plan.json")
CHECK_STATE = Advice("check the state after the apply: terraform show -json")
CORRECT_CODE = Advice("correct it; terraform validate and terraform plan say more")
CORRECT_CODE_OR_WORKSPACE = Advice(
    "if another workspace is meant: {workspace}; otherwise correct it",
    {"workspace": Option("workspace", "NAME")},
)
"""Of code that is rejected in the default workspace, which is seldom the one in use."""
MAKE_READABLE = Advice(
    "make it readable, or take it away; {root} says below which folder files are read",
    {"root": Option("root", "DIR")},
)
READ_OUTSIDE = CHECK_PLAN.extended(
    ", or name a folder that holds the file with {root}", {"root": Option("root", "DIR")}
)
RUN_INIT = Advice("run terraform init, so that the module is there")


def advise_value(variable: str) -> Advice:
    """Give a variable of the root module a value."""
    fields = {"var": Option("variables", f"{variable}=VALUE"), "file": Option("variable_files", "FILE")}
    return Advice("set it with {var} or {file}", fields)
