"""What was made can be compared, and says where it is not what is declared."""

from tests.acceptance.lab import Lab


def test_results_are_tables_with_whole_addresses_and_metrics(lab: Lab) -> None:
    said = lab("results", "manifest.yaml")

    assert (
        "evals, bits (2 rows)\n\n"
        "name                model                          accuracy   loss\n"
        "eval.bits[order=3]  consolidation.merged[order=3]    0.7500  1.500\n"
        "eval.bits[order=5]  consolidation.merged[order=5]    0.7500  1.500\n"
    ) in said.out
    assert "models, training (3 rows)" in said.out


def test_results_of_other_parameters_say_so(lab: Lab) -> None:
    lab.edit("smoothing: 0.5", "smoothing: 0.25", "train.yaml")

    said = lab("results", "manifest.yaml", COLUMNS="200")

    assert said.out.count("declared differently now") == 6


def test_results_of_what_is_declared_no_more_say_so(lab: Lab) -> None:
    lab.edit("order: [3, 5]", "order: [3]")

    remarks = lab("results", "manifest.yaml", "--json").document["remarks"]

    assert remarks["eval.bits[order=5]"] == "not declared any more"
    assert "eval.bits[order=3]" not in remarks


def test_results_are_there_before_anybody_wrote_them_to_the_catalog(fresh: Lab) -> None:
    fresh.make()
    fresh.submit()
    fresh.settle()

    said = fresh("results", "manifest.yaml")

    assert "evals, bits (2 rows)" in said.out


def test_before_the_first_apply_there_are_no_results(fresh: Lab) -> None:
    fresh.make()

    assert fresh("results", "manifest.yaml").out == "Nothing was made yet.\n"
