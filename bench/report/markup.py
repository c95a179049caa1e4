"""Pieces of a page: tables, figures, sections."""

import re
from html import escape


def slug(*names):
    return re.sub(r"[^a-z0-9]+", "-", "-".join(names).lower()).strip("-")


def _cell(content):
    words, kind = content if isinstance(content, tuple) else (content, "")
    return f'<td class="{kind}">{escape(words)}</td>' if kind else f"<td>{escape(words)}</td>"


def table(heads, rows, caption):
    """Rows are of (kind, cells); the first names the row, the others are figures. A cell is text, or (text, kind)."""
    head = "".join(f'<th scope="col">{escape(words)}</th>' for words in heads)
    body = []
    for kind, texts in rows:
        cells = "".join(_cell(content) for content in texts[1:])
        body.append(f'<tr class="{kind}"><th scope="row">{escape(texts[0])}</th>{cells}</tr>')
    return (f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
            f'<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>\n<tbody>\n'
            + "\n".join(body) + "\n</tbody></table></div>")


def figure(name, title, about, canvas, fallback, unfolded=False, beneath=""):
    """A chart with its figures in tables beneath it, of which one may always be shown."""
    return (f'<figure class="chart" id="{name}"><figcaption><strong>{escape(title)}</strong> '
            f'<span>{escape(about)}</span></figcaption>\n{canvas.inline(name)}\n{beneath}'
            f"<details{' open' if unfolded else ''}><summary>The figures</summary>{fallback}</details></figure>")


def grid(figures):
    return '<div class="grid">\n' + "\n".join(figures) + "\n</div>"


def section(name, title, lead, body):
    """The lead may have markup of its own."""
    return f'<section id="{name}"><h2>{escape(title)}</h2>\n<p class="lead">{lead}</p>\n{body}\n</section>'


def definitions(pairs):
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in pairs) + "</dl>"
