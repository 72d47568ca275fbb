#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The HTML report in a real browser: nothing of what servers said is executed or loaded, the page can be read on a telephone and on a desk, by day and by night, by ear and on paper.

usage: report_page_test.py REPORT_SAMPLE [FOLDER]   (FOLDER: keep screenshots and the PDF there)
script/test browser runs it, where there is no network at all. TAP.
"""
import base64
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chromium  # noqa: E402

SKIPPED = 77
WIDTHS = (360, 1280)
CONTRAST = 4.5  # WCAG 2.1, AA
TABLES = 8
SCREEN, PICTURES = 1600, 4
# Each would say that it was executed by window.executed, or ask the network.
HOSTILE = [
    b"</script><script>window.executed=1</script>", b"<img src=x onerror=window.executed=2>", b"<svg onload=window.executed=3>", b"<iframe src=javascript:parent.executed=4>",
    b"\"><script src=http://203.0.113.1/a.js></script>", b"<link rel=stylesheet href=http://203.0.113.1/a.css>", b"<style>@import url(http://203.0.113.1/b.css);</style>",
    b"</td></tr></table><h1>taken over</h1>", b"<body onpageshow=window.executed=5>", b"<base href=http://203.0.113.1/>", b"<meta http-equiv=refresh content='0;url=http://203.0.113.1/'>",
    b"<form action=http://203.0.113.1/><input name=password autofocus onfocus=window.executed=6>", b"</title><script>window.executed=7</script>", b"javascript:window.executed=8", b"&#60;script&#62;",
    b"</style><script>window.executed=9</script>", b"-->", b"]]>", b"\x00<script>window.executed=10</script>", b"\xff\xfe<script>", "größe 日本語 😀".encode(), b"\xe2\x80\xae<gnp.exe",
    b"W" * 300, b"a" * 60000,
]
# The luminance of what is seen behind and in front of an element, as WCAG 2.1 defines contrast.
CONTRAST_OF = """(selector => {
	const channels = colour => colour.match(/[\\d.]+/g).map(Number);
	const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = element => { for (; element; element = element.parentElement) { const c = channels(getComputedStyle(element).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return matchMedia('(prefers-color-scheme: dark)').matches ? null : [255, 255, 255]; };
	let worst = 99;
	for (const element of document.querySelectorAll(selector)) {
		const pair = [light(channels(getComputedStyle(element).color)), light(behind(element) ?? [255, 255, 255])].sort((a, b) => b - a);
		worst = Math.min(worst, (pair[0] + 0.05) / (pair[1] + 0.05));
	}
	return worst;
})"""
number = failed = 0


def check(good, name, detail=""):
    global number, failed
    number += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {number} - {name}", flush=True)
    if not good:
        print("".join(f"# {line}\n" for line in str(detail)[:3000].splitlines()), end="", flush=True)


def make_pages(sample, folder):
    (folder / "hostile.hex").write_text("".join(text.hex() + "\n" for text in HOSTILE), encoding="ascii")
    pages = {}
    for name, what in (("usual", ()), ("hostile", (str(folder / "hostile.hex"),)), ("large", ("many:20000",))):
        pages[name] = folder / f"{name}.html"
        subprocess.run([sample, "html", str(pages[name]), "all", "raw", "plain", *what], check=True, stderr=subprocess.DEVNULL, timeout=120)
    return pages


def check_nothing_happens(browser, name, url, since):
    events = browser.events[since:]
    asked = [parameters["request"]["url"] for method, parameters in events if method == "Network.requestWillBeSent"]
    check([one for one in asked if one != url] == [], f"{name}: nothing else is asked for", asked)
    said = [parameters for method, parameters in events if method in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Page.javascriptDialogOpening")]
    check(said == [], f"{name}: the console is empty", said)
    check(browser.evaluate("typeof window.executed") == "undefined", f"{name}: nothing that a server said is executed")
    strangers = browser.evaluate("[...document.querySelectorAll('script,img,iframe,link,base,form,input,object,embed,video,a,meta[http-equiv=refresh]')].map(e => e.outerHTML)")
    check(strangers == [], f"{name}: no element that loads, runs or sends", strangers)
    handlers = browser.evaluate("[...document.querySelectorAll('*')].flatMap(e => [...e.attributes]).filter(a => /^on/i.test(a.name) || /javascript:/i.test(a.value)).map(a => a.name + '=' + a.value)")
    check(handlers == [], f"{name}: no attribute that runs", handlers)
    check(browser.evaluate("document.querySelectorAll('h1').length") == 1, f"{name}: one heading of the first level")


def check_content(browser, name):
    tables = browser.evaluate("[...document.querySelectorAll('table')].map(t => [t.caption?.textContent ?? '', t.tHead?.rows[0]?.cells.length ?? 0, [...t.tHead.rows[0].cells].every(c => c.scope == 'col'), "
                              "[...t.tBodies[0].rows].every(r => r.cells.length == t.tHead.rows[0].cells.length), t.tBodies[0].rows.length])")
    check(len(tables) == TABLES and all(caption and columns > 1 and is_scoped and is_whole for caption, columns, is_scoped, is_whole, _ in tables), f"{name}: {TABLES} whole tables with captions and headings", tables)
    colours = browser.evaluate("Object.fromEntries([...document.querySelectorAll('figure svg path')].map(p => [p.className.baseVal, getComputedStyle(p).fill]))")
    check(len(colours) > 1 and len(set(colours.values())) == len(colours), f"{name}: countries with hosts have colours of their own", colours)
    key = browser.evaluate("Object.fromEntries([...document.querySelectorAll('ul.key rect')].map(p => [p.className.baseVal, getComputedStyle(p).fill]))")
    check(all(key.get(shade) == colour for shade, colour in colours.items()), f"{name}: the key has the colours of the map", f"{key} {colours}")
    # What goes around the world would be a line through all of it.
    broad = browser.evaluate("[...document.querySelectorAll('figure svg path')].flatMap(p => p.getAttribute('d').split('Z').filter(r => r).map(r => [p.textContent, (r.match(/[ML][\\d.]+/g) ?? [])"
                             ".map(x => Number(x.slice(1)))])).filter(([_, xs]) => xs.some((x, i) => i && Math.abs(x - xs[i - 1]) > 300)).map(([name]) => name)")
    check(broad == [], f"{name}: no outline crosses the map", broad)
    named = browser.evaluate("[...document.querySelectorAll('figure svg path')].every(p => p.querySelector('title')?.textContent.includes(':'))")
    check(named, f"{name}: each country says its name and numbers")


def check_by_ear(browser, name):
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]

    def names(role):
        return [node.get("name", {}).get("value", "") for node in nodes if node.get("role", {}).get("value") == role and not node.get("ignored")]

    check(any("World map" in text for text in names("image") + names("img")), f"{name}: the map has a name for who does not see it", names("image"))
    check(len(names("table")) == TABLES and all(names("table")), f"{name}: and each table", names("table"))
    headings = browser.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => Number(h.tagName[1]))")
    check(headings[:1] == [1] and all(after - before <= 1 for before, after in zip(headings, headings[1:])), f"{name}: headings leave out no level", headings)
    reachable = browser.evaluate("[...document.querySelectorAll('.wide')].every(d => d.tabIndex == 0 && document.getElementById(d.getAttribute('aria-labelledby'))?.textContent)")
    check(reachable, f"{name}: what scrolls can be scrolled by keys")


def keep_pictures(browser, path, width):
    """One for each screen of 1,600 pixels, some at most."""
    height = min(browser.evaluate("document.documentElement.scrollHeight"), PICTURES * SCREEN)
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
    for part in range(1 + (height - 1) // SCREEN):
        clip = {"x": 0, "y": part * SCREEN, "width": width, "height": min(SCREEN, height - part * SCREEN), "scale": 1}
        picture = browser.call("Page.captureScreenshot", format="png", clip=clip)
        path.with_name(f"{path.name}-{part + 1}.png").write_bytes(base64.b64decode(picture["data"]))


def check_looks(browser, name, folder):
    for width in WIDTHS:
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
        for scheme in ("light", "dark"):
            browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            wide = browser.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            check(wide[0] <= width, f"{name} at {width} pixels, {scheme}: the page is not wider than the screen", wide)
            narrow = browser.evaluate("[...document.querySelectorAll('td')].filter(c => c.textContent.length > 3 && c.getBoundingClientRect().width < 40).map(c => c.textContent)")
            check(narrow == [], f"{name} at {width} pixels, {scheme}: no column is squeezed to letters", narrow)
            cut = browser.evaluate("[...document.querySelectorAll('p,li,caption span,h1,h2,figcaption')].filter(e => e.getBoundingClientRect().right > (e.closest('.wide')?.getBoundingClientRect().right ?? innerWidth) + 1).map(e => e.textContent)")
            check(cut == [], f"{name} at {width} pixels, {scheme}: no sentence is cut off", cut)
            size = browser.evaluate("Math.min(...[...document.querySelectorAll('p,td,th,li,caption,figcaption')].map(e => parseFloat(getComputedStyle(e).fontSize)))")
            check(size >= 12, f"{name} at {width} pixels, {scheme}: letters are large enough", size)
            worst = browser.evaluate(CONTRAST_OF + "('h1,h2,p,td,th,li,caption,figcaption')")
            check(worst >= CONTRAST, f"{name} at {width} pixels, {scheme}: contrast is enough", worst)
            backs = browser.evaluate("[getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.body).backgroundColor]")
            light = sum(map(float, backs[1].strip("rgba()").split(",")[:3])) / 3
            check((light < 64) if scheme == "dark" else (light > 192), f"{name} at {width} pixels: {scheme}, as it was asked for", backs)
            if folder is not None:
                keep_pictures(browser, folder / f"{name}-{width}-{scheme}", width)
    browser.call("Emulation.clearDeviceMetricsOverride")


def check_paper(browser, name, folder):
    browser.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    check(browser.evaluate("getComputedStyle(document.body).backgroundColor") in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"), f"{name}: paper is white, whatever the screen")
    check(browser.evaluate(CONTRAST_OF.replace("matchMedia('(prefers-color-scheme: dark)').matches ? null : ", "") + "('h1,p,td,th,li,caption')") >= CONTRAST, f"{name}: and what is printed can be read")
    browser.call("Emulation.setEmulatedMedia", media="", features=[])
    paper = base64.b64decode(browser.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"])
    check(paper.startswith(b"%PDF-") and b"%%EOF" in paper[-64:] and len(paper) > 20000, f"{name}: printing makes a PDF ({len(paper)} bytes)")
    if folder is not None:
        (folder / f"{name}.pdf").write_bytes(paper)


def main():
    sample = sys.argv[1]
    kept = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        pages = make_pages(sample, pathlib.Path(folder))
        try:
            with chromium.Browser() as browser:
                for domain in ("Page", "Network", "Log", "Runtime", "Accessibility"):
                    browser.call(domain + ".enable")
                for name, path in pages.items():
                    since, url = len(browser.events), path.as_uri()
                    browser.open(url)
                    check_nothing_happens(browser, name, url, since)
                    check_content(browser, name)
                    check_by_ear(browser, name)
                    check_looks(browser, name, kept)
                    check_paper(browser, name, kept)
                    check_nothing_happens(browser, name + ", in the end", url, since)
        except chromium.CannotStart as reason:
            print(f"1..0 # SKIP {reason}")
            return SKIPPED
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
