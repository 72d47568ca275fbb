# SPDX-License-Identifier: ISC
"""What the gates share: the files of the tree, and how a gate tells what it found."""
import pathlib
import sys

SKIPPED = 77  # meson's exit code for a test that had nothing to look at
OTHER_FOLDERS = {".git", "lab-state", "node_modules", "__pycache__"}


def files(root, *endings):
    """All files below root with one of the endings, in order, without build folders and other things that are not ours."""
    found = []
    for path in sorted(pathlib.Path(root).rglob("*")):
        parts = path.relative_to(root).parts
        if any(part in OTHER_FOLDERS for part in parts) or parts[0].startswith("build"):
            continue
        if path.is_file() and path.name.endswith(endings):
            found.append(path)
    return found


def text_of(path):
    return path.read_text(encoding="utf-8", errors="replace")


def tell(gate, looked_at, problems):
    """Prints what was found and ends the process: 0 nothing, 1 problems."""
    for problem in problems:
        print(f"{gate}: {problem}", file=sys.stderr)
    print(f"{gate}: {looked_at}, {len(problems)} problems")
    sys.exit(1 if problems else 0)
