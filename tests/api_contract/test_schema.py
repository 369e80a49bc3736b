"""The interface keeps to its own OpenAPI document, whatever is asked of it."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.api_contract.conftest import Service

examples = 12
"""Requests made up for each operation; the same ones in every run."""


def test_answers_keep_to_the_document(service: Service) -> None:
    whole = schemathesis.openapi.from_asgi("/openapi.json", service.app)
    # Signing out or changing an account would end the session that the requests are made in.
    schema = whole.exclude(method="DELETE", path="/api/session").exclude(path_regex="^/api/(accounts|oidc)")
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) > 50
    wrong = [told for operation in operations if (told := _tried(operation, service))]
    assert not wrong, "\n\n".join(wrong)


def _tried(operation: schemathesis.APIOperation, service: Service) -> str:
    """Return what is wrong with the answers of an operation, empty where nothing is."""

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def answer(case: Case) -> None:
        # That a request is well formed does not make it right: an unknown area or a taken name is refused.
        case.call_and_validate(headers=service.header, excluded_checks=[positive_data_acceptance])

    try:
        answer()
    except FailureGroup as failures:
        return f"{operation.label}\n" + "\n".join(str(one) for one in failures.exceptions)
    return ""
