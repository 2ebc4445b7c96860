"""Make the environment of a peer, once, and print its Python: `python bench/peers/environment.py recbole`.

It is made under $INSTRUCTREC_PEERS (or ~/.cache/instructrec-peers), again when its requirements changed. pip
is used, for it heeds the user's own index settings, which may offer a build of torch without GPU libraries:
that saves 4 GB an environment.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent


def python(name: str) -> Path:
    """The interpreter of a peer's own environment; its pins conflict with ours and with other peers'."""
    requirements = HERE / "requirements" / f"{name}.txt"
    if not requirements.exists():
        known = ", ".join(sorted(p.stem for p in requirements.parent.glob("*.txt")))
        raise SystemExit(f"no peer {name!r}; there are: {known}")
    folder = Path(os.environ.get("INSTRUCTREC_PEERS", "~/.cache/instructrec-peers")).expanduser() / name
    marker = folder / ".installed"
    if not (marker.exists() and marker.read_text() == requirements.read_text()):
        venv.create(folder, with_pip=True, clear=True)
        install = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--requirement", requirements]
        subprocess.run(install, check=True, stdout=sys.stderr)
        marker.write_text(requirements.read_text())
    return folder / "bin/python"


if __name__ == "__main__":
    print(python(sys.argv[1]))
