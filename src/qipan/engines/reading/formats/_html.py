"""Web pages, above all those of government sites: the article without menus, share links and index tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from qipan.engines.reading.document import Block
from qipan.engines.reading.errors import DamagedDocument
from qipan.engines.reading.formats._plain import decode

_DROPPED = (
    "script,style,noscript,template,iframe,object,svg,nav,header,footer,aside,form,button,select,input,textarea,"
    "[hidden],[aria-hidden=true]"
)
_ARTICLE = (
    "#UCAP-CONTENT",
    ".TRS_UEDITOR",
    ".TRS_Editor",
    "#zoom",
    "#Zoom",
    "#zoomcon",
    ".news_cont_d_wrap",
    ".pages_content",
    ".article-content",
    ".article_content",
    ".article-con",
    "#article",
    "article",
    "#content",
)
"""Where the content systems of Chinese government sites put the article."""
_LEAST = 80
"""Characters outside links that an article has at least; a container with fewer is not believed."""
_SHARE = 0.6
"""A child with this share of its parent's words outside links holds the article."""

_BLOCK = frozenset(
    {
        *("address", "article", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt"),
        *("fieldset", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "html", "li", "main", "ol"),
        *("p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)
_CONTAINER = frozenset({"article", "body", "center", "div", "main", "section", "table", "tbody", "td", "tr"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INDEX_LABELS = (
    *("索引号", "索 引 号", "文号", "发文字号", "发文日期", "成文日期"),
    *("发布日期", "发布机构", "主题分类", "有效性", "主题词"),
)
_CHROME = re.compile(
    r"[\s【\[]*(分享(到|至)?[\s:：]|分享$|打印(本页)?[】\]\s]*$|打印本页|关闭(窗口|本页)|收藏本?页?$|返回顶部|扫一扫|字[体号]\s*[:：\[【]"
    r"|大\s*中\s*小|当前位置|您(现在|当前)?的?(所在)?位置|来源\s*[:：]|浏览(次数|量)\s*[:：]|[上下]一篇\s*[:：]|相关(阅读|链接|文章)\s*[:：]?$"
    r"|版权所有|主办单位\s*[:：]|责任编辑\s*[:：]|[京粤]?ICP备).{0,60}",
    re.S,
)
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.I)
_LONGEST_TITLE = 300
_SITE = re.compile(r"\s*[-_|—–]+\s*[^-_|—–]{2,20}$")


def read(data: bytes, name: str) -> list[Block]:
    """Return the article's title, paragraphs, headings and table cells in order."""
    tree = LexborHTMLParser(_markup(data, name))
    body = tree.body
    if body is None:
        message = f"“{name}”不是完整的网页，请用浏览器另存为“仅 HTML”后再试。"
        raise DamagedDocument(message)
    title = _title(tree)
    for node in tree.css(_DROPPED):
        node.decompose()
    words = _Words(body)
    article = _article(tree, body, words)
    _drop_index_tables(article)
    blocks = list(_blocks(article, words))
    if article.mem_id != body.mem_id and title and not _opens_with(blocks, title):
        blocks.insert(0, Block(title, style_level=1))
    return blocks


def unpack(data: bytes) -> bytes:
    """Return the first page of a web archive (MHTML, RFC 2557), which Word and browsers save also under .doc."""
    for part in message_from_bytes(data).walk():
        if part.get_content_type() == "text/html":
            payload = part.get_payload(decode=True)
            return payload if isinstance(payload, bytes) else b""
    return data


def _markup(data: bytes, name: str) -> str:
    """Decode by byte order mark or strict UTF-8, else by what the page declares, else as GB18030."""
    declared = _CHARSET.search(data[:4096])
    if declared and declared.group(1).lower() in (b"big5", b"big5-hkscs"):
        try:
            return data.decode("big5hkscs")
        except UnicodeDecodeError:
            pass
    return decode(data, name)


class _Words:
    """How many characters each element holds, outside links and inside."""

    def __init__(self, body: LexborNode) -> None:
        self.plain: dict[int, int] = defaultdict(int)
        self.linked: dict[int, int] = defaultdict(int)
        order: list[tuple[int, int]] = []
        in_link: dict[int, bool] = {}
        for node in body.traverse(include_text=True):
            parent = node.parent
            above = parent.mem_id if parent is not None else 0
            in_link[node.mem_id] = in_link.get(above, False) or node.tag == "a"
            order.append((node.mem_id, above))
            if node.tag == "-text":
                counts = self.linked if in_link[node.mem_id] else self.plain
                counts[node.mem_id] += len("".join((node.text_content or "").split()))
        for node_id, above in reversed(order):
            self.plain[above] += self.plain[node_id]
            self.linked[above] += self.linked[node_id]


def _article(tree: LexborHTMLParser, body: LexborNode, words: _Words) -> LexborNode:
    """The element that holds the article: one known by name, else by following where the words are."""
    known = [node for selector in _ARTICLE for node in tree.css(selector)]
    best = max(known, key=lambda node: words.plain[node.mem_id], default=None)
    if best is not None and words.plain[best.mem_id] >= max(_LEAST, 0.3 * words.plain[body.mem_id]):
        return best
    node = body
    while True:
        inner = max(_elements(node), key=lambda child: words.plain[child.mem_id], default=None)
        if (
            inner is None
            or inner.tag not in _CONTAINER
            or words.plain[inner.mem_id] < _SHARE * words.plain[node.mem_id]
        ):
            return _whole_table(node, body)
        if words.plain[inner.mem_id] < _LEAST:
            return _whole_table(node, body)
        node = inner


def _whole_table(node: LexborNode, body: LexborNode) -> LexborNode:
    """Go back up to the table where the words led into one of several rows or cells."""
    top = node
    while node.mem_id != body.mem_id and node.parent is not None:
        if node.tag in ("tr", "tbody", "table") and len(list(_elements(node))) > 1:
            top = node
        node = node.parent
    while top.tag in ("tr", "tbody") and top.parent is not None:
        top = top.parent
    return top


def _elements(node: LexborNode) -> Iterator[LexborNode]:
    return (child for child in node.iter(include_text=False))


def _title(tree: LexborHTMLParser) -> str:
    for meta in tree.css("meta[name]"):
        if (meta.attributes.get("name") or "").lower() == "articletitle" and meta.attributes.get("content"):
            return str(meta.attributes["content"]).strip()
    heads = [" ".join(node.text().split()) for node in tree.css("h1")]
    if len(heads) == 1 and len(heads[0]) > 6:
        return heads[0]
    node = tree.css_first("title")
    return _SITE.sub("", " ".join(node.text().split())[:_LONGEST_TITLE]) if node is not None else ""


def _opens_with(blocks: list[Block], title: str) -> bool:
    wanted = "".join(title.split())
    head = "".join("".join(block.text.split()) for block in blocks[:12])
    return not wanted or wanted in head


def _drop_index_tables(article: LexborNode) -> None:
    for node in article.css("table,ul,dl"):
        text = node.text()
        if len(text) < 1500 and sum(label in text for label in _INDEX_LABELS) >= 3 and node.mem_id != article.mem_id:
            node.decompose()


def _is_menu(node: LexborNode, words: _Words) -> bool:
    """Lists of links are menus; a list of attachments is not."""
    linked = words.linked[node.mem_id]
    if not linked or words.plain[node.mem_id] > 0.2 * linked:
        return False
    return len(node.css("a")) >= 3 and "附件" not in node.text()


def _blocks(article: LexborNode, words: _Words) -> Iterator[Block]:
    lists = [node for node in article.css("ul,ol,dl,div") if node.mem_id != article.mem_id]
    for node in [node for node in lists if _is_menu(node, words)]:
        node.decompose()
    for block in _runs(article):
        if not (block.table is None and len(block.text) < 80 and _CHROME.fullmatch(block.text)):
            yield block


class _Owner(NamedTuple):
    """The innermost block around a node, and the table cell around that."""

    block: int
    level: int | None = None
    cell: tuple[int, int, int] | None = None


def _runs(article: LexborNode) -> Iterator[Block]:
    """Yield the text between two block boundaries or line breaks."""
    owner = _Owner(article.mem_id)
    owners = {article.mem_id: owner}
    cells, numbers = _cells(article), _list_numbers(article)
    text = ""
    for node in article.traverse(include_text=True):
        key, parent = node.mem_id, node.parent
        around = owners.get(parent.mem_id if parent is not None else 0, owners[article.mem_id])
        if node.tag in _BLOCK and key != article.mem_id:
            around = _Owner(key, _HEADINGS.get(node.tag or ""), cells.get(key, around.cell))
        owners[key] = around
        if (around.block != owner.block or node.tag in ("br", "hr")) and text.strip():
            yield Block(text.strip(), None, owner.level, owner.cell)
            text = ""
        owner = around
        if node.tag == "li":
            text += numbers.get(key, "")
        elif node.tag == "-text":
            text += _squeeze(node.text_content or "", text)
    if text.strip():
        yield Block(text.strip(), None, owner.level, owner.cell)


def _squeeze(more: str, before: str) -> str:
    """Collapse white space as a browser does, and drop it where a source line was broken between Chinese characters."""
    more = re.sub(r"(?<=[\u2e80-\uffef])[ \t]*\r?\n[ \t\r\n]*(?=[\u2e80-\uffef])", "", more)
    more = re.sub(r"[ \t\r\n\f]+", " ", more)
    return more.lstrip(" ") if not before or before.endswith(" ") else more


def _list_numbers(article: LexborNode) -> dict[int, str]:
    """The numbers that a browser puts in front of the items of an ordered list."""
    numbers: dict[int, str] = {}
    for ordered in article.css("ol"):
        start = ordered.attributes.get("start") or "1"
        count = int(start) if re.fullmatch(r"-?\d{1,6}", start) else 1
        for item in _elements(ordered):
            if item.tag == "li":
                numbers[item.mem_id] = f"{count}."
                count += 1
    return numbers


def _cells(article: LexborNode) -> dict[int, tuple[int, int, int]]:
    """Place of every cell of every table of more than one cell: a table of one cell only lays out the page."""
    cells: dict[int, tuple[int, int, int]] = {}
    tables: Iterable[LexborNode] = article.css("table")
    for index, table in enumerate(tables):
        rows = [[cell for cell in _elements(row) if cell.tag in ("td", "th")] for row in table.css("tr")]
        if sum(len(row) for row in rows) < 2:
            continue
        for row_index, row in enumerate(rows):
            column = 0
            for cell in row:
                cells[cell.mem_id] = (index, row_index, column)
                span = cell.attributes.get("colspan") or "1"
                column += int(span) if re.fullmatch(r"\d{1,3}", span) else 1
    return cells
