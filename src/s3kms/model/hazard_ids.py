"""The ids of hazards and caveats, as data has them and as people write them."""


def as_id(name: str) -> str:
    """The id that a name means: `org-policies-unread` is `org_policies_unread`."""
    return name.replace("-", "_")


def as_written(id_: str) -> str:
    """An id as options and texts have it: `org_policies_unread` is `org-policies-unread`."""
    return id_.replace("_", "-")
