"""The conditions of a statement, evaluated for a request of which some condition keys are known."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from s3kms.access.match import Match, all_of, any_of
from s3kms.access.texts import Text, as_pattern, matches_glob
from s3kms.model.unknown import Unknown

_ANY, _ALL, _IF_EXISTS = "foranyvalue:", "forallvalues:", "ifexists"


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator with one condition key: it holds where one of the values matches, or where none does."""

    operator: str
    """As it is written: `StringNotEqualsIfExists`."""
    key: str
    """As it is written; IAM compares keys without regard to case."""
    values: tuple[Text, ...]
    unread: tuple[Unknown, ...] = ()
    """Values that are not known."""

    def is_about(self, key: str) -> bool:
        """Whether its key is this one."""
        return self.key.lower() == key.lower()

    @property
    def base_operator(self) -> str:
        """In lower case, without `ForAnyValue:` and `IfExists`."""
        return self.operator.lower().removeprefix(_ANY).removeprefix(_ALL).removesuffix(_IF_EXISTS)

    def holds_for(self, request: Mapping[str, str | None]) -> Match:
        """Whether it holds for a request: see `Statement.holds_for`."""
        known = {key.lower(): value for key, value in request.items()}
        if self.key.lower() not in known:
            return Match.MAYBE
        found, operator = known[self.key.lower()], self.base_operator
        if operator == "null":
            is_absent = "true" if found is None else "false"
            return self._is_any(is_absent, _equal_ignoring_case)
        if operator not in _OPERATORS:
            return Match.MAYBE
        test, is_negated = _OPERATORS[operator]
        if found is None:
            return self._of_absent_key(is_negated=is_negated)
        result = self._is_any(found, test)
        return result.negated() if is_negated else result

    def _of_absent_key(self, *, is_negated: bool) -> Match:
        """True for a negated operator (fact E19), IfExists and ForAllValues; false for the others."""
        written = self.operator.lower()
        holds = is_negated or written.endswith(_IF_EXISTS) or written.startswith(_ALL)
        if is_negated and written.startswith(_ANY):
            holds = False
        return Match.YES if holds else Match.NO

    def _is_any(self, found: str, test: "Callable[[str, str], bool]") -> Match:
        """Whether one of the values matches; a text with an open part may, where its known parts do."""
        matches = [
            (Match.YES if isinstance(value, str) else Match.MAYBE)
            if test(as_pattern(value), found)
            or (not isinstance(value, str) and _like(as_pattern(value), found))
            else Match.NO
            for value in self.values
        ]
        return any_of([*matches, *([Match.MAYBE] if self.unread else [])])


def evaluate_conditions(conditions: Iterable[Condition], request: Mapping[str, str | None]) -> Match:
    """Whether all hold for a request."""
    return all_of(one.holds_for(request) for one in conditions)


def _equal(value: str, found: str) -> bool:
    return value == found


def _equal_ignoring_case(value: str, found: str) -> bool:
    return value.lower() == found.lower()


def _like(value: str, found: str) -> bool:
    return matches_glob(value, found)


_OPERATORS: Mapping[str, tuple[Callable[[str, str], bool], bool]] = {
    "stringequals": (_equal, False),
    "stringnotequals": (_equal, True),
    "stringequalsignorecase": (_equal_ignoring_case, False),
    "stringnotequalsignorecase": (_equal_ignoring_case, True),
    "stringlike": (_like, False),
    "stringnotlike": (_like, True),
    "arnequals": (_like, False),
    "arnlike": (_like, False),
    "arnnotequals": (_like, True),
    "arnnotlike": (_like, True),
    "bool": (_equal_ignoring_case, False),
}
"""How each operator compares, and whether it is a negated one. One that is not here is not modelled: MAYBE."""
