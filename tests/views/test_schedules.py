"""The line that a person installs is quoted for who reads it."""

import pytest

from otplan.views import schedules

ARGV = ("/py thon", "-m", "otplan", "continue", "w", "--state", "/x/50%/registry.db")


@pytest.mark.parametrize("way", ["cron", "scrontab"])
def test_a_crontab_line_is_quoted_for_the_shell_and_for_cron(way: str) -> None:
    line = schedules.text(way, ARGV, "/x/log").splitlines()[-1]

    assert line == (
        "*/15 * * * * '/py thon' -m otplan continue w --state /x/50\\%/registry.db >>/x/log 2>&1"
    )


def test_a_small_job_runs_the_command_alone_and_later() -> None:
    line = schedules.text("sbatch", ARGV, "/x/log").splitlines()[-1]

    assert line.startswith("sbatch --begin=now+15minutes")
    assert "--dependency=singleton" in line
    assert line.count("--wrap=") == 1
