"""Let no step of a training take less than $STEP_SECONDS.

Python imports this by itself where it is on its path. The site of `./dev demo-sft` is so slow by
declaration: a time limit then ends its training in the middle however fast the machine is.
"""

import os
import sys
import time
from typing import Any

if sys.orig_argv[-1:] == ["train"]:
    from torch.optim.optimizer import (  # type: ignore[import-not-found]
        register_optimizer_step_post_hook,
    )

    _LEAST = float(os.environ["STEP_SECONDS"])
    _last = time.monotonic()

    def _pace(optimizer: Any, *_: object) -> None:  # noqa: ANN401 - torch's
        global _last  # noqa: PLW0603 - the hook is told nothing of the step before
        # DeepSpeed steps with each group of parameters by itself: the first one counts.
        if optimizer.param_groups[0]["params"]:
            time.sleep(max(0.0, _last + _LEAST - time.monotonic()))
            _last = time.monotonic()

    register_optimizer_step_post_hook(_pace)
