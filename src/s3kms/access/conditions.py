"""The conditions of a statement, evaluated for a request of which some condition keys are known."""

from collections.abc import Iterable
from dataclasses import dataclass

from s3kms.access.context import MULTIVALUED_KEYS, ContextInput, ContextValue, RequestContext
from s3kms.access.match import Match, all_of, any_of
from s3kms.access.operators import OPERATORS, ConditionOperator, compare
from s3kms.access.texts import Text, as_pattern
from s3kms.access.variables import ResolvedText, resolve_text
from s3kms.model.unknown import Unknown

_ANY, _ALL, _IF_EXISTS = "foranyvalue:", "forallvalues:", "ifexists"


def is_known_operator(operator: str) -> bool:
    """Whether it is evaluated; any other one makes every answer that hangs on it uncertain."""
    base = _base_of(operator)
    return base == "null" or base in OPERATORS


def _base_of(operator: str) -> str:
    return operator.lower().removeprefix(_ANY).removeprefix(_ALL).removesuffix(_IF_EXISTS)


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator with one condition key: it holds where one of the values matches, or where none does."""

    operator: str
    """As it is written: `StringNotEqualsIfExists`."""
    key: str
    """As it is written; IAM compares keys without regard to case."""
    values: tuple[Text, ...]
    unread: tuple[Unknown, ...] = ()
    """What is not known of it: values, or what its operator means."""
    has_variables: bool = False
    """Whether `${aws:username}` in a value is a policy variable: in documents of version 2012-10-17."""

    def is_about(self, key: str) -> bool:
        """Whether its key is this one."""
        return self.key.lower() == key.lower()

    @property
    def base_operator(self) -> str:
        """In lower case, without `ForAnyValue:` and `IfExists`."""
        return _base_of(self.operator)

    def holds_for(self, request: "RequestContext | ContextInput") -> Match:
        """Whether it holds for a request: see `Statement.holds_for`."""
        context = request if isinstance(request, RequestContext) else RequestContext.of(request)
        found = context.find(self.key)
        if found is None or not (self.values or self.unread):
            return Match.MAYBE  # a condition without values is not documented
        if self.base_operator == "null":
            return self._is_null(found, context)
        operator = OPERATORS.get(self.base_operator)
        if operator is None:
            return Match.MAYBE
        if not self._has_set_operator and self.key.lower() in MULTIVALUED_KEYS:
            return Match.MAYBE
        if not found or (self._has_set_operator and _is_null_set(found)):
            return self._of_absent_key(is_negated=operator.is_negated)
        return self._of_values(operator, found, context)

    def _is_null(self, found: tuple[ContextValue, ...], context: RequestContext) -> Match:
        if self.operator.lower() != "null":
            return Match.MAYBE  # it takes neither prefix nor IfExists
        if found and _is_null_set(found):
            return (
                Match.MAYBE
            )  # "exists and its value is not null": an empty text is said to be null of sets alone
        is_absent = "false" if found else "true"
        return self._matches_one(OPERATORS["bool"], is_absent, context)

    @property
    def _has_set_operator(self) -> bool:
        return self.operator.lower().startswith((_ANY, _ALL))

    def _of_absent_key(self, *, is_negated: bool) -> Match:
        """True for a negated operator (fact E19), IfExists and ForAllValues; false for the others."""
        written = self.operator.lower()
        if written.startswith(_ANY):
            # What comes first where both are written is not documented.
            return Match.MAYBE if written.endswith(_IF_EXISTS) else Match.NO
        holds = is_negated or written.endswith(_IF_EXISTS) or written.startswith(_ALL)
        return Match.YES if holds else Match.NO

    def _of_values(
        self, operator: ConditionOperator, found: tuple[ContextValue, ...], context: RequestContext
    ) -> Match:
        results = [self._matches_one(operator, one, context) for one in found]
        if operator.is_negated:
            results = [one.negated() for one in results]
        written = self.operator.lower()
        if written.startswith(_ALL):
            return all_of(results)
        if written.startswith(_ANY) or len(results) == 1:
            return any_of(results)
        return Match.MAYBE  # a key of several values asks for one of the two prefixes

    def _matches_one(
        self, operator: ConditionOperator, found: ContextValue, context: RequestContext
    ) -> Match:
        """Whether one of the condition's values matches one of the request's."""
        matches = [compare(operator, self._resolve(one, operator, context), found) for one in self.values]
        return any_of([*matches, *([Match.MAYBE] if self.unread else [])])

    def _resolve(self, value: Text, operator: ConditionOperator, context: RequestContext) -> ResolvedText:
        """A value for a request. Operators of texts and ARNs alone are documented to take policy variables."""
        if operator.is_text or not self.has_variables or "${" not in as_pattern(value):
            return resolve_text(value, context, has_variables=self.has_variables)
        return ResolvedText("*", is_certain=False)


def _is_null_set(found: Iterable[ContextValue]) -> bool:
    """Whether values "resolve to a null dataset, such as an empty string"."""
    return all(one == "" for one in found)


def evaluate_conditions(conditions: Iterable[Condition], request: "RequestContext | ContextInput") -> Match:
    """Whether all hold for a request."""
    context = request if isinstance(request, RequestContext) else RequestContext.of(request)
    return all_of(one.holds_for(context) for one in conditions)
