"""The script of one attempt at a stage, from the templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from otplan import shipped
from otplan.core import layout
from otplan.core.record import Attempt
from otplan.core.stage import Stage
from otplan.errors import OtplanError
from otplan.fingerprint.naming import token
from otplan.kinds.settle import variants
from otplan.planner.verdict import RETRIED
from otplan.render import quoting
from otplan.render.checks import check
from otplan.render.launching import launching
from otplan.render.values import Setting

if TYPE_CHECKING:
    from jinja2 import Environment

_MEND = "Mend that template, or take it away so that the shipped one counts."


def files(stage: Stage, attempt: Attempt, setting: Setting) -> Mapping[str, bytes]:
    """Return the files of an attempt: `script.sh`, and its config and tool where it has them.

    They belong into `layout.attempt_folder(attempt.folder, attempt.n)`, where `attempt.folder`
    is the run folder. Raise OtplanError for values no script can hold, or a faulty template.
    """
    kind = stage.addresses[0].kind
    seen = setting.cluster.seen_by(*variants(kind, stage.role, stage.program))
    setting = replace(setting, cluster=seen)
    check(stage, attempt.folder, setting)
    config, tool = stage.program.config, stage.program.tool
    values = {
        "stage": stage,
        "attempt": attempt,
        "setting": setting,
        "cluster": seen,
        "start": launching(stage, seen),
        "run_id": token(setting.owner, attempt.fingerprint),
        "retried": sorted(RETRIED),
        "config": layout.config_path(attempt.folder, attempt.n) if config is not None else "",
        "tool": layout.tool_path(attempt.folder, attempt.n, tool) if tool else "",
    }
    made = {layout.SCRIPT: _rendered(f"{stage.template}.sbatch.j2", setting, values)}
    if config is not None:
        text = json.dumps(config, indent=2, ensure_ascii=False, sort_keys=True)
        made[layout.CONFIG] = f"{text}\n".encode(errors="surrogateescape")
    for name in (tool, *stage.program.modules) if tool else ():
        made[name] = _shipped_tool(name, setting)
    return made


def _shipped_tool(tool: str, setting: Setting) -> bytes:
    found = shipped.find("templates", f"tools/{tool}", beside=setting.beside, user=setting.user)
    return found.read_bytes()


def _rendered(name: str, setting: Setting, values: Mapping[str, object]) -> bytes:
    import jinja2

    environment = _environment(setting.beside, setting.user)
    partial = f"scheduler/{setting.cluster.scheduler}.j2"
    try:
        scheduler = environment.get_template(partial).module
        text = environment.get_template(name).render(values, scheduler=scheduler)
    except jinja2.TemplateNotFound as error:
        raise OtplanError(f"There is no template `{error.name}`.") from error
    except jinja2.TemplateSyntaxError as error:
        raise OtplanError(f"{error.filename}:{error.lineno}: {error.message}", _MEND) from error
    except jinja2.TemplateError as error:
        raise OtplanError(f"{name}: {error.message}", _MEND) from error
    return text.encode(errors="surrogateescape")


@lru_cache(maxsize=8)
def _environment(beside: str, user: str) -> Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(shipped.folders("templates", beside=beside, user=user)),
        undefined=jinja2.StrictUndefined,
        finalize=quoting.quoted,
        # In bash `${#array[@]}` is a length; in Jinja `{#` would start a comment.
        comment_start_string="{%#",
        comment_end_string="#%}",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        autoescape=False,  # noqa: S701 - this is shell, not HTML: `finalize` quotes.
    )
    environment.filters |= {"raw": quoting.raw, "line": quoting.line, "expanded": quoting.expanded}
    return environment
