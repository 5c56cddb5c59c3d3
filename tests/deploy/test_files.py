"""Dockerfile, compose file, proxy and settings table, held to the code without a container engine."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields

import pytest
import yaml

from tests.deploy.image import command, copies, kept, put, steps
from ui.registry import PAGES, ROOT
from ui.settings import Settings

SECRET = re.compile(r"secret|password|token|key", re.IGNORECASE)
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
VARIABLES = {one.metadata["variable"]: one for one in fields(Settings)}


def of(stage, word):
    return [step for step in steps() if step.stage == stage and step.word == word]


def test_the_final_image_is_pinned_slim_and_runs_as_nobody_special():
    (base,) = [step.rest for step in steps() if step.word == "ARG" and step.rest.startswith("PYTHON=")]
    assert re.fullmatch(r"PYTHON=python:3\.11\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", base)
    assert {step.rest.split()[0] for step in steps() if step.word == "FROM"} == {"${PYTHON}"}
    assert [step.rest.split()[-1] for step in steps() if step.word == "FROM"] == ["build", "final"]
    assert [step.rest for step in of("final", "USER")] == ["10001:10001"]
    last_root = max(order for order, step in enumerate(steps()) if step.word in ("RUN", "COPY"))
    assert last_root < steps().index(of("final", "USER")[0])


def test_the_final_stage_installs_nothing_and_holds_no_secret():
    for step in of("final", "RUN"):
        assert not re.search(r"\b(apt-get|apk|gcc|make|curl|git|pip install)\b", step.rest)
    for step in steps():
        if step.word in ("ENV", "ARG"):
            assert not [name for name in re.findall(r"([A-Z_]+)=", step.rest) if SECRET.search(name)]
    for path in (".streamlit/secrets.toml", ".git/config", ".env", "data/store/snapshot.parquet", "tests/__init__.py"):
        assert not kept(path), path


def test_what_is_copied_exists_and_reaches_the_builder():
    for stage in ("build", "final"):
        for source, _ in copies(stage):
            path = ROOT / source
            assert path.exists(), source
            some = next(file for file in path.rglob("*.*") if file.is_file()) if path.is_dir() else path
            if source != ".streamlit":
                assert kept(some.relative_to(ROOT)), some
    assert kept(".streamlit/config.toml")
    assert not kept("engine/__pycache__/errors.cpython-311.pyc")


def test_the_health_check_asks_for_warmth_and_health_and_options_exist():
    (check,) = of("final", "HEALTHCHECK")
    assert command(check) == ["python", "scripts/serve.py", "--check"]
    assert command(check) == COMPOSE["services"]["dashboard"]["healthcheck"]["test"][1:]
    assert command(of("final", "ENTRYPOINT")[0]) == ["python", "scripts/serve.py"]


def test_torch_is_taken_from_its_index_at_the_pinned_version():
    pinned = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("torch==")]
    assert len(pinned) == 1
    (install,) = [step.rest for step in of("build", "RUN") if "TORCH_INDEX" in step.rest]
    assert install.index("grep '^torch==' requirements.txt") < install.index("-r requirements.txt")


PROGRAM = """
from streamlit.testing.v1 import AppTest
at = AppTest.from_file("app.py", default_timeout=60).run()
for key in {keys!r}:
    at.switch_page(f"pages/{{key}}/page.py").run()
    assert not at.exception and not at.error, key
    print(at.title[0].value)
"""


COMPILED = {"allocator", "lab", "momentum"}
"""Pages whose kernels a new folder would compile first, for minutes."""


def test_the_files_of_the_image_are_enough_for_the_pages(tmp_path):
    put(tmp_path)
    assert not (tmp_path / "tests").exists()
    keys = [spec.key for spec in PAGES if spec.key not in COMPILED]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(keys=keys)], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.strip().splitlines()) == len(keys)


def test_compose_gives_the_server_little_and_says_what_is_written():
    served = COMPOSE["services"]["dashboard"]
    assert served["read_only"] is True
    assert served["cap_drop"] == ["ALL"]
    assert served["user"] == "10001:10001"
    assert {volume.split(":")[0] for volume in served["volumes"]} == set(COMPOSE["volumes"])
    assert {volume.split(":")[1] for volume in served["volumes"]} == set(command(of("final", "VOLUME")[0]))
    assert all(port.startswith("127.0.0.1:") for port in served["ports"])
    assert COMPOSE["services"]["proxy"]["depends_on"]["dashboard"]["condition"] == "service_healthy"
    for mount in COMPOSE["services"]["proxy"]["volumes"]:
        assert (ROOT / mount.split(":")[0]).is_file()


def test_compose_passes_settings_that_exist_and_no_secret():
    given = COMPOSE["services"]["dashboard"]["environment"]
    inside = {"LODESTAR_ADDRESS", "LODESTAR_PORT", "LODESTAR_FACTS", "LODESTAR_ARTIFACTS"}
    assert set(given) == set(VARIABLES) - inside
    for name, value in given.items():
        assert re.fullmatch(rf"\$\{{{name}:-(off)?\}}", value)
    guarded = yaml.safe_load((ROOT / "deploy" / "compose.sign-in.yaml").read_text())
    more = guarded["services"]["dashboard"]["environment"]
    assert set(more) <= set(VARIABLES)
    assert more["LODESTAR_SECRETS"] == "/run/secrets/" + guarded["services"]["dashboard"]["secrets"][0]["target"]
    example = tomllib.loads((ROOT / "deploy" / "secrets.example.toml").read_text())["auth"]
    assert not any(example.values())


def test_the_example_of_the_secrets_file_has_the_keys_that_are_asked_for():
    from ui.sign_in import KEYS

    assert set(tomllib.loads((ROOT / "deploy" / "secrets.example.toml").read_text())["auth"]) == set(KEYS)


def test_the_table_of_settings_is_the_dataclass():
    rows = re.findall(
        r"^\| `(LODESTAR_[A-Z_]+)` \| (.+?) \| (.+?) \| (.+?) \|$", (ROOT / "deploy" / "README.md").read_text(), re.M
    )
    assert [row[0] for row in rows] == list(VARIABLES)
    for name, default, accepted, meaning in rows:
        one = VARIABLES[name]
        assert accepted == one.metadata["accepted"]
        assert default == shown(one.default), name
        assert meaning
    others = [ROOT / "README.md", ROOT / "ARCHITECTURE.md"]
    assert not [path.name for path in others if re.search(r"^\| `LODESTAR_", path.read_text(), re.M)]


def shown(default):
    """A default as the table writes it."""
    if default in ("", None, ()):
        return "none"
    if isinstance(default, bool):
        return "`on`" if default else "`off`"
    text = str(default)
    return f"`{text.removeprefix(str(ROOT) + '/')}`"


def test_nginx_accepts_its_file_and_passes_what_the_app_needs(tmp_path):
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for line in (
        "proxy_http_version 1.1;", "proxy_set_header Upgrade $http_upgrade;", "proxy_set_header Host $http_host;",
        "proxy_buffering off;", "proxy_read_timeout 1h;", "gzip on;",
    ):  # fmt: skip
        assert line in text
    assert f"server dashboard:{Settings().port};" in text
    assert "$request " not in text
    assert "$args" not in text
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    here = tmp_path / "nginx.conf"
    here.write_text(text.replace("dashboard:", "127.0.0.1:").replace("/tmp/nginx.pid", str(tmp_path / "pid")))  # noqa: S108  (a path of the file)
    done = subprocess.run([nginx, "-t", "-c", str(here)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_server_is_safe_by_default():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    server = config["server"]
    assert server["address"] == Settings().address
    assert server["port"] == Settings().port
    assert server["allowedHosts"] == ["localhost", "127.0.0.1"]
    assert server["enableXsrfProtection"] is True
    assert server["enableCORS"] is True
    assert server["enableAgentApi"] is False
    assert 0 < server["maxUploadSize"] <= 5
    assert config["client"]["showErrorDetails"] == "none"
    assert config["browser"]["gatherUsageStats"] is False
