"""The invented customers of the sample institutions. Every name says that it is a sample.

Phone numbers stand in ranges that are not assigned (a 0 after 090, a 0 after 03), mail addresses at
example.jp.
"""

from datetime import date

import msgspec

from madoguchi.core_bank import AccountKind, HolderKind

BRANCHES = {"9901": ("001", "002", "003"), "9902": ("101", "101", "101")}
"""Three branches to spread people over; the second sample institution has one only."""
CLOSED_BRANCH = {"9901": "002", "9902": "102"}
"""Where the moved account was: at the second institution, a branch that is no more."""


class Person(msgspec.Struct, frozen=True):
    """One customer, for every sample institution alike."""

    case: str
    name: str
    name_kana: str
    mail_name: str
    birth_date: date | None
    number: str
    """The account's number, or the first account's."""
    branch: int = 0
    """Which of the institution's branches."""
    kind: AccountKind = AccountKind.ORDINARY
    pin: str | None = "1234"
    phones: int = 1
    member: bool = False
    passbook_withdrawal: bool = False

    @property
    def holder_kind(self) -> HolderKind:
        """A company has no birth date."""
        return HolderKind.COMPANY if self.birth_date is None else HolderKind.PERSON


PEOPLE = (
    Person("ordinary", "見本太郎", "ﾐﾎﾝ ﾀﾛｳ", "taro", date(1980, 4, 1), "1234567"),
    Person(
        "savings",
        "例花子",
        "ﾚｲ ﾊﾅｺ",
        "hanako",
        date(1992, 11, 3),
        "2345678",
        kind=AccountKind.SAVINGS,
        pin="2580",
    ),
    Person(
        "no_card", "見本次郎", "ﾐﾎﾝ ｼﾞﾛｳ", "jiro", date(1975, 7, 20), "3456789", branch=1, pin=None
    ),
    Person("moved", "例一郎", "ﾚｲ ｲﾁﾛｳ", "ichiro", date(1968, 1, 15), "4567890", pin="4567"),
    Person("closed", "見本良子", "ﾐﾎﾝ ﾖｼｺ", "yoshiko", date(1959, 9, 9), "5678901", branch=1),
    Person(
        "several_accounts",
        "例三郎",
        "ﾚｲ ｻﾌﾞﾛｳ",
        "saburo",
        date(1971, 3, 31),
        "6789012",
        branch=2,
        pin="6789",
    ),
    Person(
        "member",
        "見本幸子",
        "ﾐﾎﾝ ｻﾁｺ",
        "sachiko",
        date(1985, 12, 24),
        "7890123",
        branch=2,
        pin="0852",
        member=True,
    ),
    Person(
        "two_phones",
        "例京子",
        "ﾚｲ ｷﾖｳｺ",
        "kyoko",
        date(1988, 6, 6),
        "1112223",
        branch=1,
        pin="1122",
        phones=2,
    ),
    Person("leading_zeros", "見本零", "ﾐﾎﾝ ﾚｲ", "rei", date(2000, 1, 1), "0000123", pin="0001"),
    Person(
        "company",
        "サンプル商事株式会社",
        "ｻﾝﾌﾟﾙｼﾖｳｼﾞ(ｶ",
        "shoji",
        None,
        "9000001",
        pin="9000",
    ),
    Person(
        "passbook_withdrawal",
        "例四郎",
        "ﾚｲ ｼﾛｳ",
        "shiro",
        date(1950, 2, 28),
        "2223334",
        branch=2,
        pin="4646",
        passbook_withdrawal=True,
    ),
    Person("no_history", "見本新", "ﾐﾎﾝ ｱﾗﾀ", "arata", date(2004, 2, 29), "3334445", branch=1),
    Person("ordinary", "例五郎", "ﾚｲ ｺﾞﾛｳ", "goro", date(1979, 5, 5), "4445551"),
    Person("ordinary", "例六郎", "ﾚｲ ﾛｸﾛｳ", "rokuro", date(1981, 6, 16), "4445552", branch=1),
    Person("ordinary", "例七海", "ﾚｲ ﾅﾅﾐ", "nanami", date(1997, 7, 7), "4445553", branch=2),
    Person("ordinary", "例八重", "ﾚｲ ﾔｴ", "yae", date(1966, 8, 18), "4445554"),
    Person("ordinary", "例九美", "ﾚｲ ｸﾐ", "kumi", date(1990, 9, 29), "4445555", branch=1),
    Person("ordinary", "例十和", "ﾚｲ ﾄﾜ", "towa", date(2003, 10, 10), "4445556", branch=2),
)


class SampleCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer to try the product as: what he knows about himself."""

    institution: str
    case: str
    name: str
    name_kana: str
    branch_code: str
    account_kind: AccountKind
    account_number: str
    birth_date: date | None
    phone: str
    """National digits."""
    other_phones: tuple[str, ...] = ()
    email: str
    card_pin: str | None
    member: bool
    moved_to_branch_code: str | None = None
    moved_to_account_number: str | None = None


def sample_customers(institution: str) -> list[SampleCustomer]:
    """Return the customers of a sample institution: always the same."""
    return [_customer(institution, place, person) for place, person in enumerate(PEOPLE)]


def _customer(institution: str, place: int, person: Person) -> SampleCustomer:
    last_digits = f"{institution[-1]}{place:03}"
    moved = person.case == "moved"
    branches = BRANCHES[institution]
    home = branches[person.branch]
    return SampleCustomer(
        institution=institution,
        case=person.case,
        name=person.name,
        name_kana=person.name_kana,
        branch_code=CLOSED_BRANCH[institution] if moved else home,
        account_kind=person.kind,
        account_number=person.number,
        birth_date=person.birth_date,
        phone=f"0900000{last_digits}" if person.birth_date else f"030000{last_digits}",
        other_phones=(f"030000{last_digits}",) if person.phones > 1 else (),
        email=f"{person.mail_name}-{institution}@example.jp",
        card_pin=person.pin,
        member=person.member,
        moved_to_branch_code=home if moved else None,
        moved_to_account_number="7654321" if moved else None,
    )
