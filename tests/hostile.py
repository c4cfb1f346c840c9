"""Names that would become markup, a formula or another direction if they were not escaped."""

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'><iframe srcdoc='<p>'>",
    "</td></tr></table><h1>gone</h1>",
    "<a href=javascript:alert(1)>x</a>",
    "<style>*{display:none}</style>",
    "<!-- ",
    "--><b>",
    "<![CDATA[<b>]]>",
    "&lt;b&gt;",
    "{{ 7*7 }}<b>",
    "$$\\href{javascript:alert(1)}{x}$$",
    "`<b>`",
    "[x](javascript:alert(1))<b>",
    "<b\x00>",
    "\u202e<b>",
    "<math><mtext></mtext><b>",
    "<base href=//example.org>",
    "<meta http-equiv=refresh content=0>",
]
