"""Let pytest explain the assertions of the suite, which is imported and not collected."""

import pytest

pytest.register_assert_rewrite("tests.conformance.catalogs")
