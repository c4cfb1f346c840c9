"""Where pages are published: by source and pack, so that nothing takes another's place unseen."""

import pytest

from workbench.runs import places


def folder(project, *asked):
    return str(places.of_source(project.root / "reports", asked).relative_to(project.root))


def test_a_source_has_a_folder_of_its_name_and_none_has_one_too(project):
    assert folder(project, "demo") == "reports/demo"
    assert folder(project, "/shops/corner") == "reports/corner"
    assert folder(project) == "reports/no-source"
    assert folder(project, "demo", "corner") == "reports/demo+corner"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("trials", "trials-source"),
        ("index.html", "index.html-source"),
        ("..", "source"),
        (".hidden", "hidden"),
        ("my shop #1?\n", "my-shop-1"),
        ("小店", "小店"),
        ("a" * 300, "a" * 60),
        ("half \udcff", "half"),
    ],
)
def test_a_name_is_made_one_of_a_folder_that_nothing_else_has(project, name, safe):
    assert folder(project, f"/shops/{name}") == f"reports/{safe}"
    assert folder(project, name) == f"reports/{safe}"


def test_of_two_sources_of_one_name_each_keeps_its_folder_whoever_comes_first(project):
    reports = project.root / "reports"
    first, second = ("/a/corner",), ("/b/corner",)
    places.claim(places.of_source(reports, first), first)
    marked = folder(project, *second)
    assert marked.startswith("reports/corner-")
    places.claim(places.of_source(reports, second), second)
    for _time in range(2):
        assert folder(project, *first) == "reports/corner"
        assert folder(project, *second) == marked
    (reports / places.TRIALS).mkdir()
    assert [one.name for one in places.of_sources(reports)] == ["corner", marked[8:]]


def test_a_folder_named_like_a_declared_source_leaves_the_name_to_that(project):
    (project.root / "parameters/sources/corner.yaml").touch()
    assert folder(project, "/a/corner").startswith("reports/corner-")
    assert folder(project, "corner") == "reports/corner"
    assert folder(project, "/a/demo").startswith("reports/demo-")


def test_whose_a_folder_is_names_nothing_of_the_machine(project):
    asked = ("/home/me/corner",)
    places.claim(project.root / "reports/corner", asked)
    (said,) = (project.root / "reports/corner").iterdir()
    assert "home" not in said.read_text(encoding="utf-8")
    assert "corner" not in said.read_text(encoding="utf-8")


def test_a_mark_that_was_cut_off_is_made_anew(project):
    (project.root / "reports/demo").mkdir(parents=True)
    (project.root / "reports/demo/.source").touch()
    project.notebook("one")
    found = places.claimed(project.plan("notebooks/one.ipynb"), project.root / "reports")
    assert found.target == found.official == project.root / "reports/demo/one"
    assert (project.root / "reports/demo/.source").read_text(encoding="utf-8")
    assert folder(project, "/a/demo").startswith("reports/demo-")
    assert folder(project, "demo") == "reports/demo"
