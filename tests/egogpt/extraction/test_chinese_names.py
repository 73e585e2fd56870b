from __future__ import annotations

import pytest

from egogpt.extraction.chinese_names import name_at, names_from


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王芳聊天", "王芳"), ("张伟明去超市", "张伟明"), ("小红一起去", "小红"),
        ("陈老师说", "陈老师"), ("我妈做饭", "妈妈"), ("老婆在家", "老婆"),
        ("Alice喝咖啡", "Alice"), ("铁柱一起打球", "铁柱"),
        ("欧阳娜娜唱歌", "欧阳娜娜"),
    ],
)  # fmt: skip
def test_who_is_named(text: str, name: str) -> None:
    found = name_at(text, 0)
    assert found is not None
    assert found[0] == name


@pytest.mark.parametrize("text", ["白菜", "高铁", "小时", "周末", "我一起", "马上", "石头"])
def test_what_is_no_name(text: str) -> None:
    assert name_at(text, 0) is None


def test_a_list_of_names_is_read_whole() -> None:
    assert names_from("小红、张伟和李娜去", 0)[0] == ["小红", "张伟", "李娜"]
