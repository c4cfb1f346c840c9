"""What travels between a page and its kernel."""

import json
import time

import pytest
import websocket

pytestmark = pytest.mark.security

V1 = "v1.kernel.websocket.jupyter.org"


def message(kind, content, protocol, channel):
    """A message as a page sends it."""
    header = {"msg_id": "1", "msg_type": kind, "session": "s", "username": "", "version": "5.3"}
    header["date"] = "2026-11-26T00:00:00Z"
    if protocol is None:
        parts = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        return json.dumps(parts | {"channel": channel, "buffers": []})
    parts = [channel.encode(), *(json.dumps(part).encode() for part in (header, {}, {}, content))]
    ends = [8 * (len(parts) + 2)]
    for part in parts:
        ends.append(ends[-1] + len(part))
    return b"".join(n.to_bytes(8, "little") for n in (len(ends), *ends)) + b"".join(parts)


@pytest.mark.parametrize("protocol", [None, V1])
@pytest.mark.parametrize("channel", ["shell", "control", "stdin"])
def test_the_socket_takes_no_code_nor_an_end_and_gives_no_traceback(quiet, protocol, channel):
    page = quiet.get("/voila/render/talking.ipynb")[2]
    assert "a warning" not in page
    before = quiet.kernels()
    opened = quiet.socket(page, protocol)
    send = opened.send_binary if protocol else opened.send
    code = {"code": "from pathlib import Path; Path('slipped-in').touch()", "silent": False}
    send(message("execute_request", code, protocol, channel))
    send(message("shutdown_request", {"restart": False}, protocol, channel))
    send(message("input_reply", {"value": "1"}, protocol, channel))
    heard = ""
    for turn in (1, 2):
        time.sleep(0.5)  # in which a kernel that was told to end would
        asked = {"comm_id": str(turn), "target_name": "ask", "data": {}}
        send(message("comm_open", asked, protocol, "shell"))
        while heard.count('"done"') < turn:
            got = opened.recv()
            heard += got if isinstance(got, str) else got.decode(errors="replace")
    opened.close()
    assert not (quiet.home / "notebooks" / "slipped-in").exists()
    assert quiet.kernels() == before
    assert '"comm_msg"' in heard
    said = ("ZeroDivisionError", "a path of the host", "traceback", "execute_reply")
    assert [one for one in said if one in heard] == []


@pytest.mark.parametrize("token", ["", "wrong"])
def test_the_socket_does_not_open_without_the_token(app, token):
    page = app.get("/voila/render/kind.ipynb")[2]
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        app.socket(page, token=token)


@pytest.mark.parametrize("origin", ["http://shop.example", "http://127.0.0.1:1", "null"])
def test_the_socket_opens_to_no_other_sites_page_though_the_browser_has_the_cookie(app, origin):
    _, headers, page = app.get("/voila/render/kind.ipynb")
    cookie = "; ".join(line.split(";")[0] for line in headers.get_all("Set-Cookie"))
    app.socket(page, token="", cookie=cookie).close()
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        app.socket(page, token="", cookie=cookie, origin=origin)
