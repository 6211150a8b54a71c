"""What each shipped cluster can do, as a page."""

from __future__ import annotations

from otplan.lint.matrix import matrix
from otplan.load import clusters
from otplan.views.matrix import markdown

PAGE = "matrix.md"

_HEAD = """# What each cluster can do

Made from the cluster files by `./dev docs`; do not edit.
`otplan cluster matrix` prints it, with your own files.

A row is a stage of a kind of resource, a column a way to start its program: on one node \
(`plain`), or on two with `srun`, `torchrun` or `accelerate`; the last columns are variants of \
some cluster.
`yes` says that the file of the cluster allows it, `no` that `otplan lint` refuses it, and `?` \
that it is not known, each for the reason of that number.
A kind in brackets is not recommended there.
What is never started but plainly has one cell.
Generating needs the API of a model here, traces and Harbor's evaluations need remote \
sandboxes; what moves data runs where the internet is, which may be the login node.

"""


def page() -> str:
    """Return the page."""
    names = clusters.names(beside="", user="")
    found = [clusters.load(name, beside="", user="", root="/") for name in names]
    return _HEAD + markdown(matrix(found))
