"""After a whole walk, no table and no log holds a password, an answer or a code in clear."""

import pytest

from tests.support.demo_bank import DemoBank
from tests.support.demo_customer import DemoCustomer, forget_tries

CORE_TABLES = """
SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"""
SILENT = ("たいへんひみつ", "Wrong9Secret", "never-typed-7")


async def everything_stored(bank: DemoBank) -> dict[str, str]:
    """Return each table of every schema as text, its bytes in hexadecimal digits."""
    names = [row["name"] for row in await bank.rows(CORE_TABLES)]
    return {
        name: "\n".join(
            row["row"] for row in await bank.rows(f"SELECT t::text AS row FROM {name} t")
        )
        for name in names
    }


def found_in(text: str, secret: str) -> bool:
    """Tell whether a secret stands in a text, as it is, as bytes, or escaped."""
    escaped = secret.encode("unicode_escape").decode()
    return secret in text or secret.encode().hex() in text or (escaped in text)


@pytest.mark.requirement("SEC-02", "RET-18", "LOG-01")
async def test_no_secret_stands_anywhere(bank: DemoBank, second: str) -> None:
    """Login, wrong tries, a question, a transfer, a limit, then all rows and logs are searched."""
    await forget_tries(bank)
    customer = await DemoCustomer.of(bank, "reisaburo3", base=second)
    await customer.enter(SILENT[1])
    customer.browser.headers = {"user-agent": "Odd/9", "accept-language": "fr"}
    await customer.enter()
    if customer.screen == "question":
        await customer.send(answer=SILENT[0])
        await customer.answer_if_asked()
    assert customer.session, customer.text[:300]
    device = customer.browser.cookies["__Host-device-9901"]
    await customer.to_confirm(1700)
    fields = await customer.right()
    await customer.send(confirmation_password=SILENT[2], code=fields["code"])
    await customer.confirm()
    assert customer.screen == "done", customer.text[:600]
    spent = fields["code"]
    await customer.open("limits")
    customer.read_mails()
    await customer.send(per_transfer="1000001", per_day="2000001", per_month="10000001")
    live = await customer.code_mailed()
    secrets = [
        *SILENT,
        customer.known["login_password"],
        customer.known["confirmation_password"],
        *customer.known["questions"].values(),
        customer.session,
        device.split(".")[1],
    ]
    stored, logs = await everything_stored(bank), bank.logs()
    found = [
        (secret, place)
        for secret in secrets
        for place, text in [*stored.items(), ("logs", logs)]
        if found_in(text, secret)
    ]
    assert not found
    for code in (spent, live):
        # six digits may stand in a longer number by chance: as a value of its own they must not
        shown = [f'"{code}"', f",{code},", f"({code},", f",{code})", f" {code} ", f"={code}"]
        places = [name for name, text in stored.items() if any(each in text for each in shown)]
        assert places == []
        assert not any(each in logs for each in shown)
    await forget_tries(bank)
