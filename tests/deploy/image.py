"""The Dockerfile as data, and the folder that it would put into an image."""

import fnmatch
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from ui.registry import ROOT


@dataclass(frozen=True)
class Step:
    """One instruction: its stage, its keyword, the rest of its line."""

    stage: str
    word: str
    rest: str


def steps(text=None):
    """The instructions in order; those before the first FROM belong to stage ''."""
    text = (ROOT / "Dockerfile").read_text() if text is None else text
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    stage, found = "", []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            stage = rest.split()[-1]
        if word:
            found.append(Step(stage, word, " ".join(rest.split())))
    return found


def copies(stage):
    """Source and target of everything that a stage takes from the checkout."""
    for step in steps():
        if step.word == "COPY" and step.stage == stage and not step.rest.startswith("--from"):
            *sources, target = step.rest.split()
            yield from ((source, target) for source in sources)


def kept(path):
    """Whether .dockerignore lets a path of the checkout through: its last rule that fits decides."""
    decision = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        opens, rule = rule.startswith("!"), rule.removeprefix("!")
        parts = [*reversed(Path(path).parents), Path(path)][1:]
        names = [str(part) for part in parts]
        fits = (
            any(fnmatch.fnmatch(Path(name).name, rule[3:]) for name in names)
            if rule.startswith("**/")
            else any(fnmatch.fnmatch(name, rule) and name.count("/") == rule.count("/") for name in names)
        )
        decision = opens if fits else decision
    return decision


def put(folder):
    """Copy what the final stage takes into a folder, as the image would hold it below its working directory."""
    for source, target in copies("final"):
        origin = ROOT / source
        files = sorted(path for path in origin.rglob("*") if path.is_file()) if origin.is_dir() else [origin]
        for path in files:
            relative = path.relative_to(ROOT)
            if not kept(relative):
                continue
            inside = path.relative_to(origin) if origin.is_dir() else Path()
            goal = folder / target / (inside if origin.is_dir() else path.name if target.endswith("/") else "")
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, goal)


def command(step):
    """The words of an instruction in JSON form."""
    return json.loads(step.rest[step.rest.index("[") :])
