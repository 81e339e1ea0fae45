"""The examples in the library's docstrings run."""

import doctest

import s3kms
from s3kms import api


def test_the_examples_in_docstrings_are_true(client: s3kms.Client) -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    tests = [
        test
        for test in finder.find(api, "s3kms.api", globs={"client": client, "s3kms": s3kms})
        if test.examples
    ]

    results = [doctest.DocTestRunner().run(test) for test in tests]

    assert tests
    assert [result.failed for result in results] == [0] * len(results)
