"""A project of a test's own, with a source file and raw files, and a cache to itself."""

from pathlib import Path

import pytest

from workbench import sources

# Most tests quarantine more of their three lines than a weekly run may.
HEAD = "time_zone: Europe/London\ncurrency: GBP\nmax_quarantined: 100 %\n"


class Shop:
    """Writes raw files and a source file, and opens them."""

    def __init__(self, home):
        self.home = home
        (home / "notebooks").mkdir()
        (home / "parameters" / "sources").mkdir(parents=True)

    def write(self, name, content):
        path = self.home / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def declare(self, text):
        (self.home / "parameters" / "sources" / "shop.yaml").write_text(text, encoding="utf-8")

    def orders(self, csv, entry, head=HEAD):
        """Open a source whose orders come from one CSV file named `export`."""
        self.write("export.csv", csv)
        self.declare(f"{head}files: {{export: export.csv}}\ntables:\n  orders:\n{entry}")
        return sources.connect("shop")

    def connect(self):
        return sources.connect("shop")


@pytest.fixture
def shop(tmp_path, monkeypatch):
    home = Path(tmp_path / "home")
    home.mkdir()
    monkeypatch.setenv("WORKBENCH_HOME", str(home))
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    return Shop(home)
