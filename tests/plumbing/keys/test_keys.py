"""Keys by reference, seals and keyed hashes."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.plumbing.keys import (
    KeyReferenceError,
    KeyUnavailable,
    ReferencedKeys,
    SealBroken,
    create_key_files,
    keyed_hash,
    keyed_hashes,
    new_secret,
    rotate_key_file,
    seal,
    unseal,
)


@pytest.fixture
def key_directory(tmp_path: Path) -> Path:
    """A directory with the files of two keys."""
    create_key_files(tmp_path / "keys", ["personal-data", "index"])
    return tmp_path / "keys"


@pytest.fixture
def file_keys(key_directory: Path) -> ReferencedKeys:
    """Keys read from those files."""
    return ReferencedKeys(create_key_files(key_directory, ["personal-data", "index"]))


@pytest.mark.requirement("SEC-03")
def test_a_seal_opens_under_its_own_context_only(file_keys: ReferencedKeys) -> None:
    """What is sealed for one row cannot be moved to another row or another key name."""
    sealed = seal(file_keys, "personal-data", b"090", b"9901|row 1")
    assert unseal(file_keys, "personal-data", sealed, b"9901|row 1") == b"090"
    for name, context in (("personal-data", b"9902|row 1"), ("index", b"9901|row 1")):
        with pytest.raises(SealBroken):
            unseal(file_keys, name, sealed, context)


@pytest.mark.requirement("SEC-03")
def test_every_changed_byte_of_a_seal_is_noticed(file_keys: ReferencedKeys) -> None:
    """A seal with any one byte changed, or cut short anywhere, does not open."""
    sealed = seal(file_keys, "personal-data", b"a@example.jp", b"c")
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        for broken in (changed, sealed[:place]):
            with pytest.raises(SealBroken):
                unseal(file_keys, "personal-data", broken, b"c")


@pytest.mark.requirement("SEC-03")
def test_equal_texts_are_sealed_differently_and_hashed_alike(file_keys: ReferencedKeys) -> None:
    """A seal does not tell that two people share a phone; the keyed hash finds both."""
    assert seal(file_keys, "personal-data", b"x", b"") != seal(
        file_keys, "personal-data", b"x", b""
    )
    assert keyed_hash(file_keys, "index", "x") == keyed_hash(file_keys, "index", "x")
    assert keyed_hash(file_keys, "index", "x") != keyed_hash(file_keys, "personal-data", "x")


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
@settings(max_examples=50)
def test_the_hash_depends_on_where_parts_begin_and_end(one: list[str], other: list[str]) -> None:
    """Two different lists of parts never share a hash, however they are cut."""
    keys = ReferencedKeys({"index": ["env:MADOGUCHI_TEST_KEY"]})
    assert (keyed_hash(keys, "index", *one) == keyed_hash(keys, "index", *other)) == (one == other)


@pytest.fixture(autouse=True, scope="module")
def key_in_environment() -> None:
    """A key in the environment, for the tests that cannot use files."""
    os.environ["MADOGUCHI_TEST_KEY"] = new_secret()


@pytest.mark.requirement("SEC-04")
def test_a_key_is_rotated_while_the_product_runs(
    file_keys: ReferencedKeys, key_directory: Path
) -> None:
    """After a rotation old seals open, new ones use the new key.

    And a look-up knows both hashes.
    """
    sealed, old_hash = (
        seal(file_keys, "personal-data", b"x", b""),
        keyed_hash(file_keys, "personal-data", "x"),
    )
    old = file_keys.current("personal-data")
    rotate_key_file(key_directory / "personal-data.key")
    assert file_keys.current("personal-data") != old
    assert file_keys.every("personal-data")[1] == old
    assert unseal(file_keys, "personal-data", sealed, b"") == b"x"
    new_hash = keyed_hash(file_keys, "personal-data", "x")
    assert keyed_hashes(file_keys, "personal-data", "x") == (new_hash, old_hash)
    assert new_hash != old_hash


@pytest.mark.requirement("SEC-04")
def test_a_key_file_lost_while_running_does_not_stop_the_product(
    file_keys: ReferencedKeys, key_directory: Path
) -> None:
    """The keys read before stay in use where the file is gone or spoilt."""
    key = file_keys.current("index")
    (key_directory / "index.key").write_text("spoilt")
    assert file_keys.current("index") == key
    (key_directory / "index.key").unlink()
    assert file_keys.current("index") == key


@pytest.mark.requirement("SEC-04")
def test_a_key_file_others_can_read_is_refused(key_directory: Path) -> None:
    """A key file with any right for group or others stops the start.

    And the error says what to do.
    """
    path = key_directory / "index.key"
    path.chmod(0o640)
    with pytest.raises(KeyReferenceError, match="chmod 600"):
        ReferencedKeys({"index": [f"file:{path}"]})


@pytest.mark.requirement("SEC-04")
@pytest.mark.parametrize(
    "reference",
    ["", "secret-in-clear", "file:relative", "file:/nowhere/x", "env:", "env:NOT_SET_X"],
)
def test_a_reference_that_leads_nowhere_is_refused_without_being_shown(reference: str) -> None:
    """A mistaken reference is refused at the start.

    And what may be a secret in the wrong place is not printed.
    """
    with pytest.raises(KeyReferenceError) as raised:
        ReferencedKeys({"index": [reference]})
    assert "index" in str(raised.value)
    assert "secret-in-clear" not in str(raised.value)


@pytest.mark.requirement("SEC-04")
@pytest.mark.parametrize("text", ["", "short", "!" * 43, "A" * 44])
def test_a_weak_secret_is_refused(tmp_path: Path, text: str) -> None:
    """A file without exactly 32 bytes of base64url per line is refused."""
    path = tmp_path / "index.key"
    path.touch(0o600)
    path.write_text(text)
    with pytest.raises(KeyReferenceError):
        ReferencedKeys({"index": [f"file:{path}"]})


@pytest.mark.requirement("SEC-04")
def test_no_text_of_keys_shows_a_secret(file_keys: ReferencedKeys, key_directory: Path) -> None:
    """Neither keys nor their store show a secret when printed."""
    key = file_keys.current("index")
    shown = f"{key!r} {key} {file_keys!r} {file_keys}"
    assert key.secret.hex() not in shown
    assert repr(key.secret) not in shown
    assert (key_directory / "index.key").read_text().strip() not in shown


def test_key_files_are_made_once_and_private(
    key_directory: Path, file_keys: ReferencedKeys
) -> None:
    """Making key files again keeps what is there; only the owner can read them."""
    key = file_keys.current("index")
    create_key_files(key_directory, ["index"])
    assert file_keys.current("index") == key
    assert (key_directory / "index.key").stat().st_mode & 0o777 == 0o600
    assert key_directory.stat().st_mode & 0o777 == 0o700


def test_an_unknown_key_name_is_a_fault(file_keys: ReferencedKeys) -> None:
    """A name that is not set up raises, rather than using another key."""
    with pytest.raises(KeyUnavailable):
        file_keys.current("pairwise")
