"""What is larger than is stated is refused in one line, before time or memory goes."""

import resource
import subprocess
import sys
import zipfile
from time import perf_counter

import pytest
from workbooks import workbook

from workbench import cli, yaml_text
from workbench.errors import SourceError
from workbench.sources import unpacking

FIRST = "time_zone: UTC\nfiles: {export: export.xlsx}\ntables:\n  orders: SELECT a FROM export\n"
CHECK = "import sys; from workbench import cli; sys.exit(cli.main(['check', 'shop']))"
_GIGABYTES = 6 << 30


@pytest.mark.parametrize("depth", [61, 500, 3000, 60_000])
@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ("{a: ", "}"), ("- ", "")])
def test_yaml_nested_too_deep_is_one_line(depth, opens, closes):
    started = perf_counter()
    with pytest.raises(SourceError) as refused:
        yaml_text.read(opens * depth + "a" + closes * depth, "shop.yaml")
    assert str(refused.value) == "shop.yaml, line 1: nested deeper than 60 levels"
    assert perf_counter() - started < 5


def test_sixty_levels_of_yaml_are_read():
    node = yaml_text.read("[" * 60 + "a" + "]" * 60, "shop.yaml")
    for _level in range(60):
        (node,) = node.value
    assert node.value == "a"


def test_what_stands_side_by_side_is_no_depth():
    node = yaml_text.read("- {a: [b]}\n" * 100, "shop.yaml")
    assert len(node.value) == 100


def test_yaml_of_more_than_a_megabyte_is_one_line():
    text = "a: " + "é" * 499_998
    assert yaml_text.read(text, "shop.yaml").value["a"].value == "é" * 499_998
    with pytest.raises(SourceError, match=r"^shop.yaml: larger than 1 MB, the most that is read$"):
        yaml_text.read(text + "b\n", "shop.yaml")


def test_a_source_file_nested_too_deep_is_one_line_on_the_command_line(shop, capsys):
    shop.declare("steps: " + "[" * 500 + "]" * 500)
    assert cli.main(["check", "shop"]) == 3
    assert capsys.readouterr().err == (
        "workbench: shop.yaml, line 1: nested deeper than 60 levels\n"
    )


def sheet(shop, xml, name="export.xlsx", part="xl/worksheets/sheet1.xml"):
    """A workbook one part of which is made of pieces: it may be larger than it looks."""
    path = shop.write(name, workbook({"Sales": [["a"], ["1"]]}))
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in {**parts, part: None}.items():
            with archive.open(one, "w", force_zip64=True) as file:
                for piece in xml if one == part else [content]:
                    file.write(piece)
    shop.declare(FIRST.replace("export.xlsx", name))
    return path


def checked(shop):
    """What a check says in a process of its own, whose memory is bounded."""
    return subprocess.run(
        [sys.executable, "-c", CHECK],
        capture_output=True,
        text=True,
        check=False,
        cwd=shop.home,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (_GIGABYTES, _GIGABYTES)),
    )


HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"
LONG = [b'<row><c t="inlineStr"><is><t>', *[b"x" * (1 << 20)] * 600, b"</t></is></c></row>"]
TOO_LARGE = "workbench: export.xlsx: it unpacks to more than 512 MB, the most that is read\n"
TOO_WIDE = (
    "workbench: export.xlsx: its cells span {rows:,} rows and {columns:,} columns, "
    "at most 20,000,000 cells are read\n"
)


def test_a_workbook_that_unpacks_too_far_is_refused_before_memory_goes(shop):
    assert sheet(shop, [HEAD, *LONG, TAIL]).stat().st_size < 1_000_000
    done = checked(shop)
    assert (done.returncode, done.stderr) == (3, TOO_LARGE)


def test_all_parts_of_a_workbook_count_whatever_they_say_of_themselves(shop, monkeypatch):
    monkeypatch.setattr(unpacking, "_LARGEST", 3 << 20)
    said = "export.xlsx: it unpacks to more than 3 MB, the most that is read"
    path = sheet(shop, [b"x" * (3 << 20)], part="xl/sharedStrings.xml")
    with pytest.raises(SourceError, match=said):
        shop.connect()
    content = path.read_bytes()
    assert (3 << 20).to_bytes(4, "little") in content
    path.write_bytes(content.replace((3 << 20).to_bytes(4, "little"), (9).to_bytes(4, "little")))
    with pytest.raises(SourceError, match=said):
        shop.connect()


@pytest.mark.parametrize(
    ("cells", "rows", "columns"),
    [
        (b'<c r="A1"><v>1</v></c></row><row><c r="XFD1048576"><v>1</v></c>', 1048576, 16384),
        (b"<c><v>1</v></c></row><row r = '1048576'><c r='XFD1048576'><v>1</v></c>", 1048576, 16384),
        (b"<c><v>1</v></c>" * 30 + b'</row><row r="1000000"><c><v>1</v></c>', 1000000, 30),
    ],
)
def test_cells_far_apart_are_refused_before_memory_goes(shop, cells, rows, columns):
    sheet(shop, [HEAD, b"<row>", cells, b"</row>", TAIL])
    done = checked(shop)
    assert (done.returncode, done.stderr) == (3, TOO_WIDE.format(rows=rows, columns=columns))


def test_cells_between_two_pieces_of_a_stream_are_seen(shop):
    filling = b"<row>" + b" " * (1 << 20)
    for shift in range(0, 24, 5):
        cell = b" " * shift + b'<c r="XFD1048576"><v>1</v></c></row>'
        sheet(shop, [HEAD, filling[: (1 << 20) - len(HEAD) - 16], cell, TAIL])
        with pytest.raises(SourceError, match="its cells span 1,048,576 rows and 16,384 columns"):
            shop.connect()
