from __future__ import annotations

from pathlib import Path

from memory.store.store import Store


def test_choices_are_kept_until_they_are_taken_back(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.preferences.put("retention", {"days": 30, "名": "值"})
    store.close()
    again = Store.open(tmp_path)
    assert again.preferences.get("retention") == {"days": 30, "名": "值"}
    again.preferences.put("retention", None)
    assert again.preferences.get("retention", "none") == "none"
    assert again.preferences.all() == {}
    again.close()


def test_deeds_are_read_newest_first_and_the_oldest_go(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    with store.database.transaction():
        for number in range(10_050):
            store.audit.write("owner", "ask", str(number))
    newest = store.audit.newest(2)
    assert [deed.detail for deed in newest] == ["10049", "10048"]
    assert len(store.audit.newest(20_000)) == 10_000
    assert store.audit.newest(5, before=0.0) == []
    store.close()
