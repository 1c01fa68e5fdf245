"""Finding the banks and branches of the national list."""

import pytest

from madoguchi.bank_directory import Bank, BankBranch, banks, branches, find_bank, find_branch

OWN = Bank("9901", "サンプル信用組合", "サンプルシンヨウクミアイ")


@pytest.mark.requirement("RET-17")
@pytest.mark.parametrize(
    ("code", "name"), [("0001", "みずほ"), ("0009", "三井住友"), ("9900", "ゆうちょ")]
)
def test_known_banks_are_in_the_list(code: str, name: str) -> None:
    """The list is the real one."""
    found = find_bank(code)
    assert found is not None
    assert found.name == name


def test_invented_codes_are_nobodys() -> None:
    """Codes 9901 to 9999, which the sample institutions use, are assigned to no bank."""
    assert not any(find_bank(f"{code:04}") for code in range(9901, 10000))


@pytest.mark.requirement("RET-17")
@pytest.mark.parametrize(
    "words", ["0001", "みずほ", "ミズホ", "ﾐｽﾞﾎ", "mizuho", "ＭＩＺＵＨＯ", "みず", " みずほ　"]
)
def test_a_bank_is_found_however_it_is_typed(words: str) -> None:
    """By code, kanji, kana of any width and kind, and Latin letters."""
    assert banks(query=words)[0].code == "0001"


@pytest.mark.requirement("RET-17")
@pytest.mark.parametrize(
    ("words", "code"), [("三菱", "0005"), ("住友", "0009"), ("ゆうちよ", "9900"), ("00", "0001")]
)
def test_the_best_fit_comes_first(words: str, code: str) -> None:
    """A name that begins so comes before one that only holds the words."""
    found = [bank.code for bank in banks(query=words)]
    assert code in found[:3]


@pytest.mark.requirement("RET-17")
@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("大東京信用組合", "大東京信組"),
        ("大東京信用", "大東京信組"),
        ("北海道信用金庫", "北海道信金"),
        ("今金町農業協同組合", "今金町農協"),
        ("陶都信用農業協同組合", "陶都信用農協"),
        ("北海道信用農業協同組合連合会", "北海道信連"),
        ("北海道信用漁業協同組合連合会", "北海道信漁連"),
        ("山口県漁業協同組合", "山口県漁協"),
        ("東北労働金庫", "東北労金"),
        ("みずほ銀行", "みずほ"),
        ("三菱UFJ銀行", "三菱ＵＦＪ"),
        ("ダイトウキョウシンヨウクミアイ", "大東京信組"),
        ("いまがねちょうのうぎょうきょうどうくみあい", "今金町農協"),
        ("ﾐｽﾞﾎｷﾞﾝｺｳ", "みずほ"),
    ],
)
def test_a_bank_is_found_by_its_full_name(words: str, name: str) -> None:
    """The list shortens what a bank is, and leaves 銀行 out; people write what stands outside."""
    assert banks(query=words)[0].name == name


@pytest.mark.requirement("RET-17")
def test_a_kind_finds_all_of_that_kind() -> None:
    """農業協同組合 finds what 農協 finds; an own institution in full is found by the short word."""
    full = {bank.code for bank in banks(query="農業協同組合")}
    assert {bank.code for bank in banks(query="農協")} <= full
    assert len(full) > 400
    assert banks(query="サンプル信組", extra=[OWN]) == (OWN,)
    assert banks(query="サンプル信用組合", extra=[OWN]) == (OWN,)


@pytest.mark.requirement("RET-17")
def test_a_branch_is_found_with_its_ending() -> None:
    """The list leaves 支店 out, too."""
    assert branches("0001", query="新宿支店")[0].name == "新宿"


def test_what_is_passed_in_is_found_too() -> None:
    """The installation's own institutions stand among the banks, and first where they fit."""
    assert banks(query="サンプル", extra=[OWN])[0] == OWN
    assert banks(query="9901", extra=[OWN]) == (OWN,)
    own = BankBranch("001", "本店営業部", "ホンテン")
    assert branches("9901", query="本店", extra=[own]) == (own,)


@pytest.mark.requirement("RET-17")
def test_initials_list_everything_that_begins_so() -> None:
    """A list without scripts: a voiced kana stands under the plain one."""
    under = banks(initial="カ")
    assert under
    assert all(bank.kana[0] in "カガヵ" for bank in under)
    assert len(banks()) > 1000


@pytest.mark.requirement("RET-17")
def test_branches_of_a_bank() -> None:
    """A branch by its code and by its name; an unknown bank has none."""
    branch = find_branch("0001", "001")
    assert branch is not None
    assert branch.name == "東京営業部"
    assert branch in branches("0001", query="とうきよう")
    assert branch in branches("0001", query="東京")
    assert find_branch("0001", "999") is None
    assert branches("9999") == ()


def test_nonsense_finds_nothing() -> None:
    """Words that fit nothing, signs and endless text give an empty list."""
    for words in ("存在しない銀行名", "<script>", "%", "x" * 500):
        assert banks(query=words) == ()
