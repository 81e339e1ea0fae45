"""What a journal needs of the system. Importing this raises Refused where the system has it not."""

from s3kms.model.errors import Refused

__all__ = ["fcntl"]

try:
    import fcntl
except ImportError as error:
    raise Refused(
        "changes are journalled with file locks that this system does not have, so nothing is changed here",
        advice="on Windows, run s3kms in the Windows Subsystem for Linux, or in a container",
    ) from error
