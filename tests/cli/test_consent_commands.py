"""Listing and revoking consents."""

from datetime import timedelta

import pytest

from madoguchi import consents
from madoguchi.consents import Agreement, ConsentedAccount, ConsentStatus
from tests.cli.conftest import ACCOUNT, ACCOUNT_ID, CODE, Installation

HOLDER = f"holder-of-{ACCOUNT_ID}"
CLIENT = "sample-budget"
REVOKE = ("consent", "revoke", CODE)
HAND = ("--reason", "customer phoned", "--by", "suzuki")


async def given_consent(installation: Installation, client: str = CLIENT) -> str:
    """Give a consent to the account; return its id."""
    runtime, now = installation.runtime, installation.runtime.clock.now()
    agreement = Agreement(
        holder_id=HOLDER,
        scopes=("openid", "accounts"),
        accounts=(ConsentedAccount(ACCOUNT_ID, f"public-{client}", "001", "ordinary", "0000123"),),
        expires_at=now + timedelta(days=30),
        terms_version="1",
        screen_version="1",
        mode="card",
    )
    async with runtime.database.transaction() as tx:
        asked = await consents.ask(
            tx, CODE, client, agreement.scopes, entropy=runtime.entropy, now=now
        )
        await consents.authorise(tx, runtime.log, CODE, asked.id, agreement, now=now)
    return asked.id


async def status_of(installation: Installation, consent_id: str) -> ConsentStatus:
    runtime = installation.runtime
    async with runtime.database.transaction() as tx:
        found = await consents.find(tx, CODE, consent_id, runtime.clock.now())
    assert found
    return found.status


@pytest.mark.requirement("LINK-32")
async def test_staff_end_a_consent_when_the_customer_phones(installation: Installation) -> None:
    """The consent is found by the account, revoked by its id, and the log says by whom and why."""
    consent = await given_consent(installation)
    other = await given_consent(installation, "other-app")
    found = await installation.listed("consent", "list", CODE, "--account", ACCOUNT)
    assert {each["id"] for each in found} == {consent, other}
    await installation.run(*REVOKE, consent, *HAND)
    assert await status_of(installation, consent) is ConsentStatus.REVOKED
    assert await status_of(installation, other) is ConsentStatus.AUTHORISED
    (row,) = await installation.log_rows("consent:revoked")
    assert (row.actor, row.subject, row.reason) == ("staff:suzuki", consent, "customer phoned")


@pytest.mark.parametrize("by", [("--account", ACCOUNT), ("--holder", HOLDER), ("--client", CLIENT)])
async def test_consents_are_found_by_account_holder_and_client(
    installation: Installation, by: tuple[str, str]
) -> None:
    """Each of the three finds the consent, with times of Japan and the account masked."""
    consent = await given_consent(installation)
    (found,) = await installation.listed("consent", "list", CODE, *by)
    assert found["id"] == consent
    assert found["accounts"] == ["001-ordinary-****123"]
    assert found["expires"].startswith("2026-12-20T09:00:")
    assert found["expires"].endswith("+09:00")
    (revealed,) = await installation.listed("consent", "list", CODE, *by, "--reveal")
    assert revealed["accounts"] == [ACCOUNT]


async def test_ended_consents_are_listed_on_request(installation: Installation) -> None:
    """What was revoked or has run out shows only with --ended, with who ended it."""
    consent = await given_consent(installation)
    await installation.run(*REVOKE, consent, *HAND)
    by = ("--client", CLIENT)
    assert await installation.run("consent", "list", CODE, *by) == "none\n"
    (found,) = await installation.listed("consent", "list", CODE, *by, "--ended")
    assert (found["status"], found["ended by"], found["reason"]) == (
        "revoked",
        "staff",
        "customer phoned",
    )


async def test_what_cannot_be_revoked_is_refused(installation: Installation) -> None:
    """Unknown, ended before, another institution's: refused with the reason, and not logged."""
    consent = await given_consent(installation)
    assert "no consent" in await installation.run(*REVOKE, "unknown", *HAND, status=1)
    await installation.run("institution", "publish", "--by", "suzuki")
    elsewhere = ("consent", "revoke", "9902", consent, *HAND)
    assert "no consent" in await installation.run(*elsewhere, status=1)
    await installation.run(*REVOKE, consent, *HAND)
    assert "ended already: revoked" in await installation.run(*REVOKE, consent, *HAND, status=1)
    assert len(await installation.log_rows("consent:revoked")) == 1
    await installation.run(*REVOKE, consent, "--by", "suzuki", status=2)
    await installation.run("consent", "list", CODE, status=2)
    await installation.run("consent", "list", CODE, "--client", "a", "--holder", "b", status=2)
