from __future__ import annotations

from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from qipan.engines.reading.formats import read_bytes
from tests.reading.formats_sample import PARAGRAPHS, TITLE

MENU = "".join(f'<li><a href="/{i}">栏目{i}</a></li>' for i in range(12))
INDEX = (
    "<table class=index><tr><td>索引号：</td><td>01234/2026-00001</td><td>分类：</td><td>通信</td></tr>"
    "<tr><td>发布机构：</td><td>临江市人民政府</td><td>成文日期：</td><td>2026-01-05</td></tr>"
    "<tr><td>文号：</td><td>临府〔2026〕1号</td><td>有效性：</td><td>有效</td></tr></table>"
)
ARTICLE = "".join(f"<p>&emsp;&emsp;{text}</p>\n" for text in PARAGRAPHS[1:])
PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}"><meta name="ArticleTitle" content="{title}">
<title>{title}-临江市人民政府门户网站</title><style>p {{color: red}}</style><script>var 菜单 = 1;</script></head><body>
<div class="top"><ul>{menu}</ul></div><div>当前位置：<a href="/">首页</a> &gt; <a href="/zw">政务公开</a></div>
{index}<h1>{title}</h1>
<div class="info">来源：市政府办公室 <span>浏览次数：128</span> 字体：[<a>大</a> <a>中</a> <a>小</a>]</div>
<div class="{holder}">{article}</div><div class="share">分享到： <a>微信</a> <a>微博</a></div>
<div>【打印本页】【关闭窗口】</div><ul><li><a>相关解读一</a></li><li><a>相关解读二</a></li><li><a>相关解读三</a></li></ul>
<div class="footer">版权所有：临江市人民政府 主办单位：临江市人民政府办公室 ICP备00000001号</div></body></html>"""


def texts(markup: str | bytes) -> list[str]:
    data = markup.encode() if isinstance(markup, str) else markup
    return [paragraph.text for paragraph in read_bytes(data, "plan.html").paragraphs]


@pytest.mark.parametrize("holder", ["TRS_UEDITOR", "pages_content", "something-unknown"])
@pytest.mark.parametrize("charset", ["utf-8", "gb2312"])
def test_a_government_page_gives_its_article_alone(holder, charset):
    page = PAGE.format(charset=charset, title=TITLE, menu=MENU, index=INDEX, holder=holder, article=ARTICLE)
    assert texts(page.encode("gb18030" if charset == "gb2312" else charset)) == list(PARAGRAPHS)


def test_an_index_table_inside_the_article_goes_and_others_stay():
    article = INDEX + ARTICLE + "<table><tr><th>指标<th>目标<tr><td>5G基站<td>3万个</table>"
    document = read_bytes(f"<div class=TRS_Editor>{article}</div>".encode(), "plan.html")
    assert [paragraph.text for paragraph in document.paragraphs[-4:]] == ["指标", "目标", "5G基站", "3万个"]
    assert [paragraph.table and paragraph.table[1:] for paragraph in document.paragraphs[-4:]] == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]
    assert "索引号" not in document.text


def test_a_table_that_lays_out_the_page_is_no_table():
    cells = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    document = read_bytes(f"<table><tr><td>{cells}</td></tr></table>".encode(), "plan.html")
    assert [paragraph.text for paragraph in document.paragraphs] == list(PARAGRAPHS)
    assert {paragraph.table for paragraph in document.paragraphs} == {None}


def test_a_document_that_is_all_table_keeps_every_cell():
    rows = "".join(f"<tr><td>{index}</td><td>{text}</td></tr>" for index, text in enumerate(PARAGRAPHS, start=1))
    got = texts(f"<html><body><div><table>{rows}</table></div></body></html>")
    assert got == [part for index, text in enumerate(PARAGRAPHS, start=1) for part in (str(index), text)]


def test_breaks_headings_lists_and_source_line_ends():
    markup = (
        "<html><body><h2>一、总体\n  目标</h2><p>第一行<br>第二行<b>粗</b>字</p>"
        "<ol start=3><li>甲</li><li>乙</li></ol><p>5G\n base station</p><p hidden>藏</p></body></html>"
    )
    document = read_bytes(markup.encode(), "plan.html")
    assert [(paragraph.text, paragraph.style_level) for paragraph in document.paragraphs] == [
        ("一、总体目标", 2),
        ("第一行", None),
        ("第二行粗字", None),
        ("3.甲", None),
        ("4.乙", None),
        ("5G base station", None),
    ]


def test_a_list_of_attachments_is_no_menu():
    links = "".join(f"<li><a href=x>附件{index}：任务分解表.docx</a></li>" for index in (1, 2, 3))
    assert texts(f"<div id=zoom>{ARTICLE}<ul>{links}</ul></div>")[-1] == "附件3：任务分解表.docx"


def test_ten_thousand_nested_elements():
    depth = 10_000
    assert texts("<html><body>" + "<div>" * depth + PARAGRAPHS[2] + "</div>" * depth) == [PARAGRAPHS[2]]


def test_a_web_archive_under_any_name():
    page = PAGE.format(charset="utf-8", title=TITLE, menu=MENU, index=INDEX, holder="pages_content", article=ARTICLE)
    message = MIMEMultipart("related")
    message.attach(MIMEText(page, "html", "utf-8"))
    document = read_bytes(message.as_bytes(), "plan.doc")
    assert document.format == "mht"
    assert [paragraph.text for paragraph in document.paragraphs] == list(PARAGRAPHS)


def test_a_text_that_only_begins_like_a_letter_stays_a_text():
    assert texts("Subject: 关于行动计划\n建成5G基站。") == ["Subject: 关于行动计划", "建成5G基站。"]
