"""The declarations of the code that was named beside live buckets."""

from pathlib import Path

from s3kms.iac.code_source import CodeSource
from s3kms.iac.pairing.declarations import DeclarationIndex, read_declarations
from s3kms.model.bucket import BucketKind
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.errors import BadInput, NothingToCheck


def read_declaration_index(
    paths: tuple[Path, ...], inputs: CodeInputs, *, directory_buckets: bool
) -> DeclarationIndex:
    """What the code declares, to pair live buckets with. Raises BadInput where it declares nothing."""
    source = CodeSource(paths, inputs, directory_buckets=directory_buckets)
    try:
        return DeclarationIndex(
            one
            for one in read_declarations(source.units(), source.context)
            if directory_buckets or one.bucket.kind is not BucketKind.DIRECTORY
        )
    except NothingToCheck as error:
        named = ", ".join(map(str, paths))
        raise BadInput(f"{named}: {error}", advice="name a file or a folder of code") from error
